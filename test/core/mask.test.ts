import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { masker, shortestMaskable } from '../../src/core/mask.js'

/** Any text, often with signs that a mask or a pattern could get wrong. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      'b',
      'ä',
      '"',
      "'",
      '\\',
      '$',
      '$&',
      '#{',
      '}',
      '\n',
      '\r\n',
      '%',
      ' ',
      '.',
      '*',
      '[',
    ),
    maxLength: 30,
  }),
)
const anySecret = anyText.filter(text => text.length >= shortestMaskable)

const lines = (value: string): string[] => [value, ...value.split(/\r?\n/)]
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)
const inElixir = (text: string): string => inJson(text).replaceAll('#{', '\\#{')
const spellings = (value: string): string[] =>
  lines(value)
    .filter(line => line.length >= shortestMaskable)
    .flatMap(line => [line, inJson(line), inElixir(line), encodeURIComponent(line)])

/** Returns what is left of a text without the marks of these keys. */
const unmarked = (text: string, keys: readonly string[]): string[] =>
  text.split(new RegExp(`\\[(?:${keys.join('|')})\\]`))

describe('masking', () => {
  it('hides a secret, its lines, and how JSON and URLs spell it', () => {
    fc.assert(
      fc.property(anySecret, anyText, anyText, (secret, before, after) => {
        const mask = masker({ K: secret })
        for (const spelling of spellings(secret)) {
          const masked = mask(before + spelling + after)
          expect(masked).toContain('[K]')
          for (const piece of unmarked(masked, ['K'])) {
            for (const hidden of spellings(secret)) expect(piece).not.toContain(hidden)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('hides several secrets, even when one is a part of another', () => {
    const secrets = fc.tuple(anySecret, anySecret, anyText).map(([one, other, more]) => ({
      A: one,
      B: other,
      C: `${more}${one}${more}`,
      D: [...other].slice(0, 5).join(''),
    }))
    const pieces = fc.array(fc.constantFrom('A', 'B', 'C', 'D', ' ', 'x'), { maxLength: 8 })
    fc.assert(
      fc.property(secrets, pieces, anyText, (values, order, between) => {
        const named: Readonly<Record<string, string>> = values
        const text = order.map(piece => named[piece] ?? piece).join(between)
        const left = unmarked(masker(values)(text), ['A', 'B', 'C', 'D'])
        for (const secret of Object.values(values)) {
          for (const hidden of spellings(secret)) {
            for (const piece of left) expect(piece).not.toContain(hidden)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('leaves a secret nowhere in the whole text', () => {
    const withoutBrackets = anySecret.filter(text => !/[[\]]/.test(text))
    fc.assert(
      fc.property(withoutBrackets, anyText, anyText, (secret, before, after) => {
        const masked = masker({ K: secret })(`${before}${secret}${after}${inJson(secret)}${before}`)
        for (const hidden of spellings(secret)) expect(masked).not.toContain(hidden)
      }),
    )
  })

  it('does not change a text without a secret', () => {
    const withLetters = anySecret.filter(text =>
      text.split(/\r?\n/).every(line => /[ab]/.test(line) || line === ''),
    )
    const signs = fc.string({ unit: fc.constantFrom(...'ä"\\$%&#;{} .*[]\n'), maxLength: 30 })
    fc.assert(
      fc.property(withLetters, signs, (secret, text) => {
        expect(masker({ K: secret })(text)).toBe(text)
      }),
    )
  })

  const inHtml = (text: string): string =>
    text.replace(
      /[&<>"']/g,
      sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? '&#39;',
    )
  const bytesOf = (text: string): number[] => [...Buffer.from(text)]
  const writers: Readonly<Record<string, (text: string) => string>> = {
    JSON: inJson,
    'JSON twice': text => inJson(inJson(text)),
    'Elixir, in JSON': text => inJson(inJson(text).replaceAll('#{', '\\#{')),
    'a URL': encodeURIComponent,
    'a URL, small': text => encodeURIComponent(text).replace(/%../g, code => code.toLowerCase()),
    'a URL twice': text => encodeURIComponent(encodeURIComponent(text)),
    'a form': text => new URLSearchParams({ k: text }).toString().slice(2),
    HTML: inHtml,
    'HTML twice': text => inHtml(inHtml(text)),
    XML: text => text.replace(/[^a-z0-9]/giu, sign => `&#x${sign.codePointAt(0)?.toString(16)};`),
    'a shell': text => text.replace(/[^a-z0-9\n]/giu, sign => `\\${sign}`),
    hex: text => Buffer.from(text).toString('hex'),
    'hex in capitals': text => Buffer.from(text).toString('hex').toUpperCase(),
    'bytes as Elixir inspects them': text => bytesOf(text).join(', '),
    'bytes as Erlang prints them': text => bytesOf(text).join(','),
  }

  it.each(Object.entries(writers))('hides the whole secret as %s writes it', (_, write) => {
    fc.assert(
      fc.property(anyText, text => {
        const secret = `a pass${text}word`
        expect(masker({ K: secret })(`<${write(secret)}>`)).toMatch(/^<(\\*\[K\])+\\*>$/)
      }),
    )
  })

  it.each(['base64', 'base64url'] as const)('hides a secret at any place in %s', encoding => {
    fc.assert(
      fc.property(anySecret, anyText, anyText, (secret, before, after) => {
        const text = Buffer.from(before + secret + after).toString(encoding)
        const mask = masker({ K: secret })
        expect(mask(encodeURIComponent(text))).toContain('[K]')
        expect(mask(inJson(text))).toContain('[K]')
        expect(mask(text.replace(/[-_]/g, sign => (sign === '-' ? '%2D' : '%5F')))).toContain('[K]')
        // A part of the secret that shares a sign with the text around it can remain.
        const left = mask(text).replaceAll('[K]', '')
        const around = Buffer.from(before).toString('base64') + Buffer.from(after).toString('base64')
        expect(left.length).toBeLessThanOrEqual(around.length + 4)
      }),
    )
  })

  it('hides the longest value, and reads the longest line', () => {
    const pem = Array.from({ length: 100 }, (_, at) => `${at}`.padEnd(64, 'MIIEvQ/+')).join('\n')
    const mask = masker({ PEM: pem, LONG: 'x"/'.repeat(40_000) })
    expect(mask(`cert: ${pem}`)).toBe('cert: [PEM]')
    expect(mask(`it is ${JSON.stringify({ k: 'x"/'.repeat(40_000) })}`)).toBe('it is {"k":"[LONG]"}')
    expect(mask('%\\'.repeat(50_000))).toBe('%\\'.repeat(50_000))
  })

  it('names the key of each secret, the longest secret first', () => {
    const mask = masker({ USER: 'jane', PASSWORD: 'jane-secret' })
    expect(mask('jane:jane-secret@db')).toBe('[USER]:[PASSWORD]@db')
  })

  it('hides a secret as Elixir inspects it', () => {
    const mask = masker({ KEY: 'a "quoted" #{word}' })
    expect(mask(String.raw`** (RuntimeError) "a \"quoted\" \#{word}"`)).toBe('** (RuntimeError) "[KEY]"')
  })

  it('hides two secrets that overlap', () => {
    expect(masker({ A: 'abcdef', B: 'efghij' })('<abcdefghij>')).toBe('<[A][B]>')
  })

  it('hides each line of a secret of several lines', () => {
    const mask = masker({ PEM: '-----BEGIN KEY-----\r\nMIIEvQ\r\n-----END KEY-----' })
    expect(mask('read MIIEvQ')).toBe('read [PEM]')
  })

  it('does not read a secret as a pattern', () => {
    const mask = masker({ KEY: 'a.*b|c(d' })
    expect(mask('axxb a.*b|c(d')).toBe('axxb [KEY]')
  })

  it('does not hide a value of fewer than four characters', () => {
    expect(masker({ SIZE: '10', EMPTY: '' })('10 of 10')).toBe('10 of 10')
  })

  it('names the key even when the secret is a part of its name', () => {
    expect(masker({ SECRET_KEY: 'SECRET' })('it is SECRET!')).toBe('it is [SECRET_KEY]!')
  })
})
