import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as users from '../../commands/users.js'
import type { Action } from '../../core/action.js'
import { runCommand } from '../../hosts/capture.js'
import { readIfThere, writeWhole } from '../../hosts/files.js'
import { readBackups } from '../../state/backups.js'
import { readDatabase } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { folderOf, readStorage, type Storage } from '../../state/storage.js'
import { archiveScript, backupConfig, sendScript } from '../../templates/pgbackrest.js'
import { clusterPaths, socketOf } from '../cluster.js'
import { reserveOn, waitingRoom } from '../reserve.js'

/** Writes the files that pgBackRest and PostgreSQL read. */
export const configureTool = (project: string): Action => ({
  name: 'configure_backups',
  isMade: () =>
    readIfThere(serverPaths.backupConfig(project)) === localText(project) &&
    readIfThere(serverPaths.storageConfig(project)) === storageText(project) &&
    readIfThere(serverPaths.archiveWal) === archiveScript &&
    readIfThere(serverPaths.sendWal) === sendScript,
  run: () => writeConfig(project),
})

export const writeConfig = async (project: string): Promise<void> => {
  await writeForPostgres(serverPaths.backupConfig(project), localText(project))
  const storage = storageText(project)
  if (storage === null) rmSync(serverPaths.storageConfig(project), { force: true })
  else await writeForPostgres(serverPaths.storageConfig(project), storage)
  writeWhole(serverPaths.archiveWal, archiveScript, 0o755)
  writeWhole(serverPaths.sendWal, sendScript, 0o755)
}

/** Writes a file that PostgreSQL's user can read, and no app. */
export const writeForPostgres = async (path: string, text: string): Promise<void> => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 })
  chmodSync(dirname(path), 0o711)
  const found = await runCommand(users.exists('postgres'))
  writeWhole(path, text, 0o640, Number(found.stdout.split(':')[3]))
}

/** Returns the storage where the backups of an app go besides this machine; null: none. */
export const storageOf = (project: string): Storage | null => storageFor(readBackups(project))

/** Returns the storage for the backups of any database, from the notes about them; null: none. */
export const storageFor = (known: { readonly local_only: boolean } | null): Storage | null =>
  known?.local_only ? null : readStorage()

const localText = (project: string): string =>
  configText(project, {
    folder: join(serverPaths.backupFolder(project), 'repository'),
    waitingWal: waitingRoom(reserveOn('/var/lib/postgresql')),
  })

/** Writes the configuration for the storage. It has separate locks, so both places can get a backup at once. */
const storageText = (project: string): string | null => {
  const [storage, database] = [storageOf(project), readDatabase(project)]
  if (!storage || !database) return null
  return configText(project, { ...storage, path: storage.path + folderOf(database) }, '-storage')
}

const configText = (
  project: string,
  repository: Parameters<typeof backupConfig>[0]['repository'],
  suffix = '',
): string =>
  backupConfig({
    repository,
    locks: `/run/postgresql/gatling-${project}${suffix}`,
    clusters: (readBackups(project)?.copies ?? []).map(({ cluster }) => ({
      stanza: cluster.name,
      folder: clusterPaths(cluster).data,
      sockets: socketOf(cluster).folder,
      port: cluster.port,
    })),
  })
