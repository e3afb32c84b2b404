import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as pgbackrest from '../../commands/pgbackrest.js'
import { runCommand } from '../../hosts/capture.js'
import { writeWhole } from '../../hosts/files.js'
import { kindOfFolder, type Storage } from '../../state/storage.js'
import { backupConfig } from '../../templates/pgbackrest.js'
import { backupToolFailed } from '../backups/errors.js'
import { reasonsIn } from '../backups/tool.js'

/** Lets pgBackRest reach a folder of the storage while some work runs. */
export const whileReaching = async <Value>(
  storage: Storage,
  folder: string,
  work: (config: string) => Promise<Value>,
): Promise<Value> => {
  const locks = mkdtempSync(join(tmpdir(), 'gatling-storage-'))
  const config = join(locks, 'conf')
  try {
    // The file contains the keys. Only root can read it.
    writeWhole(
      config,
      backupConfig({ repository: { ...storage, path: storage.path + folder }, locks, clusters: [] }),
    )
    return await work(config)
  } finally {
    rmSync(locks, { recursive: true, force: true })
  }
}

/** A folder of an app in the storage. */
export interface StoredFolder {
  /** Its path below the folder of the server. It begins with a slash. */
  readonly folder: string
  readonly kind: 'postgres' | 'sqlite'
  readonly since: string
}

/**
 * Lists what databases of an app's name have put into the storage, the oldest first. It gives up soon if the storage
 * does not answer, while restic would try for a quarter of an hour.
 * @throws GatlingError BACKUP_TOOL_FAILED.
 */
export const foldersIn = (storage: Storage, project: string): Promise<readonly StoredFolder[]> =>
  whileReaching(storage, `/${project}`, async config => {
    const { status, stdout, stderr } = await runCommand(pgbackrest.list(config))
    if (status !== 0) throw backupToolFailed('pgBackRest', reasonsIn(`${stdout}${stderr}`))
    return stdout
      .split('\n')
      .flatMap(name => {
        const found = kindOfFolder(name)
        return found === null ? [] : [{ ...found, folder: `/${project}/${name}` }]
      })
      .sort((one, other) => (one.since < other.since ? -1 : 1))
  })
