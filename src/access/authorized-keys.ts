import { statSync } from 'node:fs'
import * as users from '../commands/users.js'
import { runCommand } from '../hosts/capture.js'
import { readIfThere, writeWhole } from '../hosts/files.js'
import { deployUser, serverPaths } from '../state/server.js'
import { authorizedKeys, readKeys } from './keys.js'

const text = (): string => authorizedKeys(readKeys(serverPaths.keys), serverPaths.sshDoor)

/** Tells sshd which keys can log in. sshd reads them as the deploy user (sshd(8)); nobody else needs to. */
export const publishKeys = async (): Promise<void> => {
  const { stdout } = await runCommand(users.exists(deployUser))
  writeWhole(serverPaths.authorizedKeys, text(), 0o640, Number(stdout.split(':')[3] ?? 0))
}

/** Tells whether sshd has the present keys, and nobody else can read them. */
export const arePublished = (): boolean =>
  readIfThere(serverPaths.authorizedKeys) === text() &&
  (statSync(serverPaths.authorizedKeys).mode & 0o777) === 0o640
