import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { publishKeys } from '../access/authorized-keys.js'
import { nodeKeyName } from '../access/from-nodes.js'
import { type Key, parsePublicKey, readKeys } from '../access/keys.js'
import * as ssh from '../commands/ssh.js'
import { readIfThere, writeWhole } from '../hosts/files.js'
import { must } from '../hosts/must.js'
import { writeJson } from '../state/json-file.js'
import type { Member } from '../state/members.js'
import { serverPaths } from '../state/server.js'
import { insideAddress } from '../templates/wireguard.js'

const isNodes = ({ can }: Key): boolean => can.includes('node')

/** Returns the key that a machine's root has on the other machines. */
export const keyOfNode = (name: string, key: string): Key => ({
  ...{ name: nodeKeyName(name), key: parsePublicKey(key).key, apps: 'all', can: ['node'] },
  added: new Date().toISOString(),
})

/** Returns the public key of this machine's root for the other machines: type and key. Makes it if it is missing. */
export const fleetIdentity = async (): Promise<string> => {
  const { fleetKey } = serverPaths
  if (!existsSync(`${fleetKey}.pub`)) {
    mkdirSync(dirname(fleetKey), { recursive: true, mode: 0o700 })
    rmSync(fleetKey, { force: true })
    await must(ssh.newKey(fleetKey))
  }
  return parsePublicKey(readIfThere(`${fleetKey}.pub`) ?? '').key
}

/** Lets exactly these machines in, and notes their host keys. Keys of people stay. */
export const trust = async (others: readonly Member[]): Promise<void> => {
  const known = readKeys(serverPaths.keys)
  const wanted = others.map(({ name, key }) => keyOfNode(name, key))
  const kept = known.filter(
    one => !isNodes(one) || wanted.some(({ name, key }) => name === one.name && key === one.key),
  )
  const added = wanted.filter(({ name }) => !kept.some(one => one.name === name))
  writeJson(serverPaths.keys, [...kept, ...added])
  await publishKeys()
  if (others.length === 0) return rmSync(serverPaths.fleetHosts, { force: true })
  const hosts = others.flatMap(({ number, hostKeys }) =>
    hostKeys.map(key => `${insideAddress(number)} ${key}\n`),
  )
  writeWhole(serverPaths.fleetHosts, hosts.join(''), 0o600)
}
