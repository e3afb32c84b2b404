import { readFileSync } from 'node:fs'
import { publishKeys } from '../../access/authorized-keys.js'
import { isNodeKeyName } from '../../access/from-nodes.js'
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
  if (isNodeKeyName(name))
    throw usage(`${name} is a name that only machines of a fleet have`, 'Choose another one with --name.')
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

/** `gatling nodes add` gives the right `node` to machines, nobody to a person. */
const forPeople = rights.filter(right => right !== 'node')

const parseRights = (text: string): Right[] =>
  text.split(',').map(word => {
    const right = forPeople.find(one => one === word.trim())
    if (!right)
      throw usage(
        `${JSON.stringify(word)} is not a right that a key can have`,
        `Choose from ${forPeople.join(', ')}.`,
      )
    return right
  })
