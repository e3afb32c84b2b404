import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { arePublished, publishKeys } from '../access/authorized-keys.js'
import { addKey, type Key, keyName, parsePublicKey, readKeys } from '../access/keys.js'
import { readIfThere } from '../hosts/files.js'
import { serverPaths } from '../state/server.js'
import type { Change } from './change.js'

/** Returns the change that adds the first keys. A key that can log in as root can do everything with the apps, too. */
export const firstKeys = (given: readonly string[] | null): Change => ({
  about: `let ssh keys in: ${serverPaths.keys}, ${serverPaths.authorizedKeys}`,
  isMade: () => given === null && existsSync(serverPaths.keys) && arePublished(),
  make: async () => {
    const known = existsSync(serverPaths.keys) ? readKeys(serverPaths.keys) : []
    const wanted = given ?? (known.length === 0 ? keysOfRoot() : [])
    for (const text of wanted) addFirst(text)
    await publishKeys()
  },
  undo: () => {},
})

const addFirst = (text: string): Key | null => {
  const known = readKeys(serverPaths.keys)
  const { key, comment } = parsePublicKey(text)
  if (known.some(one => one.key === key)) return null
  const wished = keyName(undefined, comment, `key-${known.length + 1}`)
  const name = known.some(one => one.name === wished) ? `${wished}-${known.length + 1}` : wished
  return addKey(serverPaths.keys, { name, key, apps: 'all', can: ['admin'] })
}

const keysOfRoot = (): string[] => {
  const sudoUser = process.env['SUDO_USER']
  const homes = [homedir(), '/root', ...(sudoUser ? [join('/home', sudoUser)] : [])]
  return [...new Set(homes)]
    .flatMap(home => (readIfThere(join(home, '.ssh', 'authorized_keys')) ?? '').split('\n'))
    .map(line => line.trim())
    .filter(line => /^(ssh-|ecdsa-|sk-)/.test(line))
}
