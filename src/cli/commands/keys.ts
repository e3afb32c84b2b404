import { readFileSync } from 'node:fs'
import { publishKeys } from '../../access/authorized-keys.js'
import { addKey, keyName, parsePublicKey, readKeys, removeKey } from '../../access/keys.js'
import { type Right, rights } from '../../access/rights.js'
import { ago } from '../../core/ago.js'
import { isServer, serverPaths } from '../../state/server.js'
import { notAServer, usage } from '../errors.js'
import { print, printJson } from '../output.js'
import { table } from '../render.js'

/** Adds a key. */
export const add = async (
  file: string | undefined,
  options: { app?: readonly string[]; can?: string; name?: string },
): Promise<void> => {
  refuseElsewhere()
  const { key, comment } = parsePublicKey(readFileSync(file === undefined || file === '-' ? 0 : file, 'utf8'))
  const name = keyName(options.name, comment, file ?? 'key')
  const apps = options.app ?? 'all'
  const can = parseRights(options.can ?? (apps === 'all' ? 'admin' : 'deploy,logs'))
  addKey(serverPaths.keys, { name, key, apps: apps === 'all' ? apps : [...apps], can })
  await publishKeys()
  print(`${name} may ${can.join(', ')}: ${apps === 'all' ? 'every app' : apps.join(', ')}.`)
}

export const list = async (options: { json?: boolean }): Promise<void> => {
  refuseElsewhere()
  const keys = readKeys(serverPaths.keys)
  if (options.json) return printJson(keys)
  const rows = keys.map(({ name, apps, can, added }) => [
    name,
    apps === 'all' ? 'every app' : apps.join(', '),
    can.join(', '),
    ago(added),
  ])
  print(...table([['KEY', 'APPS', 'MAY', 'ADDED'], ...rows]))
}

/** Revokes a key. A deploy that it started goes on. */
export const remove = async (name: string): Promise<void> => {
  refuseElsewhere()
  removeKey(serverPaths.keys, name)
  await publishKeys()
  print(`${name} no longer gets in.`)
}

const refuseElsewhere = (): void => {
  if (!isServer()) throw notAServer('keys')
}

const parseRights = (text: string): Right[] =>
  text.split(',').map(word => {
    const right = rights.find(one => one === word.trim())
    if (!right)
      throw usage(
        `${JSON.stringify(word)} is not a right that a key can have`,
        `Choose from ${rights.join(', ')}.`,
      )
    return right
  })
