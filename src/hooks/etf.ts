/** A value that can be sent to Elixir: the values of JSON. */
export type Term = string | number | boolean | null | readonly Term[] | { readonly [key: string]: Term }

/**
 * Encodes a value in the Erlang external term format (erts, "External Term Format"): strings as binaries,
 * objects as maps with atom keys, null as nil.
 */
export const encodeTerm = (term: Term): Buffer => Buffer.concat([Buffer.from([131]), encode(term)])

const encode = (term: Term): Buffer => {
  if (typeof term === 'string') return binary(term)
  if (typeof term === 'number')
    return Number.isInteger(term) && Math.abs(term) < 2 ** 31 ? integer(term) : float(term)
  if (term === null) return atom('nil')
  if (typeof term === 'boolean') return atom(String(term))
  if (isList(term)) return list(term)
  return map(term)
}

const isList = (term: Term): term is readonly Term[] => Array.isArray(term)

const tagged = (tag: number, size: number, ...rest: readonly Buffer[]): Buffer => {
  const head = Buffer.alloc(5)
  head.writeUInt8(tag)
  head.writeUInt32BE(size, 1)
  return Buffer.concat([head, ...rest])
}

const binary = (text: string): Buffer => tagged(109, Buffer.byteLength(text), Buffer.from(text))

const atom = (name: string): Buffer => {
  const bytes = Buffer.from(name)
  const head = Buffer.alloc(3)
  head.writeUInt8(118)
  head.writeUInt16BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

const integer = (value: number): Buffer => {
  const buffer = Buffer.alloc(5)
  buffer.writeUInt8(98)
  buffer.writeInt32BE(value, 1)
  return buffer
}

const float = (value: number): Buffer => {
  const buffer = Buffer.alloc(9)
  buffer.writeUInt8(70)
  buffer.writeDoubleBE(value, 1)
  return buffer
}

const list = (items: readonly Term[]): Buffer =>
  items.length === 0
    ? Buffer.from([106])
    : tagged(108, items.length, ...items.map(encode), Buffer.from([106]))

const map = (fields: { readonly [key: string]: Term }): Buffer => {
  const entries = Object.entries(fields)
  return tagged(116, entries.length, ...entries.flatMap(([key, value]) => [atom(key), encode(value)]))
}
