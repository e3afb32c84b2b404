import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as apt from '../commands/apt.js'
import type { Action } from '../core/action.js'
import { runCommand } from '../hosts/capture.js'
import { writeWhole } from '../hosts/files.js'
import { must } from '../hosts/must.js'

/** The folder of Debian's PostgreSQL programs, with a folder for each major version. */
export const versions = '/usr/lib/postgresql'
const packages = ['postgresql', 'postgresql-common']
/** A file that prevents Debian's packages from making a cluster `main`, which nobody needs (pg_createcluster(1)). */
export const noMain = '/etc/postgresql-common/createcluster.d/gatling.conf'

/** Prevents the installation of a version from making a cluster. */
export const makeNoMain = (): void => {
  if (!existsSync(noMain))
    writeWhole(noMain, '# Written by gatling db.\ncreate_main_cluster = false\n', 0o644)
}

/** Returns the newest PostgreSQL of this machine; null: it has none. */
export const newestPostgres = (): string | null =>
  existsSync(versions)
    ? (readdirSync(versions)
        .filter(version => /^\d+$/.test(version) && existsSync(join(versions, version, 'bin', 'initdb')))
        .sort((one, other) => Number(other) - Number(one))[0] ?? null)
    : null

/** Installs PostgreSQL from the system's packages. It stays when the rest fails, because others can use it by then. */
export const installPostgres: Action = {
  name: 'install_postgresql',
  isMade: async () => {
    const found = await Promise.all(packages.map(name => runCommand(apt.status(name))))
    return found.every(({ stdout }) => stdout.startsWith('install ok installed')) && newestPostgres() !== null
  },
  run: async () => {
    makeNoMain()
    await must(apt.update)
    await must(apt.install(packages))
  },
}
