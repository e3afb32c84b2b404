import { basename } from 'node:path'
import * as v from 'valibot'
import { keyInvalid, keyNotThere, keyThere } from '../state/errors.js'
import { readJson, writeJson } from '../state/json-file.js'
import { rights } from './rights.js'

const keySchema = v.object({
  name: v.string(),
  /** Type and key, as in authorized_keys. */
  key: v.string(),
  apps: v.union([v.literal('all'), v.array(v.string())]),
  can: v.array(v.picklist(rights)),
  /** ISO 8601. */
  added: v.string(),
})

/** A public key, and the rights of its holder. */
export type Key = v.InferOutput<typeof keySchema>

export const readKeys = (file: string): readonly Key[] => readJson(file, v.array(keySchema)) ?? []

/** Adds a key. @throws GatlingError KEY_THERE. */
export const addKey = (file: string, wanted: Omit<Key, 'added'>): Key => {
  const known = readKeys(file)
  const same = known.find(({ name, key }) => name === wanted.name || key === wanted.key)
  if (same) throw keyThere(same.name, same.key === wanted.key)
  const key = { ...wanted, added: new Date().toISOString() }
  writeJson(file, [...known, key])
  return key
}

/** Removes a key. @throws GatlingError KEY_NOT_THERE. */
export const removeKey = (file: string, name: string): void => {
  const known = readKeys(file)
  if (!known.some(key => key.name === name))
    throw keyNotThere(
      name,
      known.map(key => key.name),
    )
  writeJson(
    file,
    known.filter(key => key.name !== name),
  )
}

const line =
  /^((?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)) ([A-Za-z0-9+/]+={0,2})(?: ([^\n\r\0]*))?$/

/**
 * Reads one public key, as ssh-keygen writes it.
 * @throws GatlingError KEY_INVALID for a private key, several keys, options in front, or a text that is not a key.
 */
export const parsePublicKey = (text: string): { readonly key: string; readonly comment: string } => {
  const trimmed = text.trim()
  if (trimmed.includes('PRIVATE KEY'))
    throw keyInvalid('this is a private key, which must never leave its owner')
  const [, type, blob, comment = ''] = line.exec(trimmed) ?? []
  if (!type || !blob) throw keyInvalid('this is not a public key in one line, as ssh-keygen writes it')
  const bytes = Buffer.from(blob, 'base64')
  // The key begins with its type, as a string with its length in front (RFC 4253 §6.6).
  const named = bytes.length > 4 ? bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1') : ''
  if (named !== type) throw keyInvalid('the key is damaged: its type does not match its content')
  return { key: `${type} ${blob}`, comment: comment.trim() }
}

/** Chooses the name of a key: the given name, or one from its comment or its file. @throws GatlingError KEY_INVALID. */
export const keyName = (wished: string | undefined, comment: string, file: string): string => {
  const name = wished ?? (comment !== '' ? comment : basename(file).replace(/\.pub$/, '')).toLowerCase()
  const plain =
    wished ??
    name
      .replace(/[^a-z0-9._@-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '')
      .slice(0, 60)
  if (!/^[a-z0-9][a-z0-9._@-]{0,59}$/.test(plain))
    throw keyInvalid(
      `${JSON.stringify(plain)} is not a name for a key, which has a-z, 0-9, dots and dashes, at most 60`,
    )
  return plain
}

/**
 * Writes the text of authorized_keys (sshd(8)). Each key can run only one program, whatever it asks for. `restrict`
 * forbids forwarding, X11, agents, user files and terminals; a console needs a terminal.
 */
export const authorizedKeys = (keys: readonly Key[], door: string): string =>
  `# Written by Gatling: \`gatling keys\` changes it.\n${keys.map(({ name, key, can }) => `${optionsOf(can)},command="${door} ${name}" ${key} ${name}\n`).join('')}`

const optionsOf = (can: Key['can']): string =>
  can.includes('console') || can.includes('admin') ? 'restrict,pty' : 'restrict'
