import * as v from 'valibot'
import { readJson, writeJson } from './json-file.js'
const schema = v.array(v.object({ name: v.string(), key: v.string(), apps: v.union([v.literal('all'), v.array(v.string())]), can: v.array(v.picklist(['deploy', 'logs', 'config', 'console', 'admin'])), added: v.string() }))
export type Key = v.InferOutput<typeof schema>[number]
export const readKeys = (file: string): readonly Key[] => readJson(file, schema) ?? []
export const addKey = (file: string, key: Omit<Key, 'added'>): Key => {
  const made = { ...key, added: new Date().toISOString() }
  writeJson(file, [...readKeys(file), made])
  return made
}
export const parsePublicKey = (text: string): { key: string; comment: string } => {
  const [type = '', blob = '', ...rest] = text.trim().split(' ')
  return { key: `${type} ${blob}`, comment: rest.join(' ') }
}
export const authorizedKeys = (keys: readonly Key[], gatling: string): string =>
  keys.map(({ key, name }) => `restrict,pty,command="${gatling} ${name}" ${key} ${name}\n`).join('')
