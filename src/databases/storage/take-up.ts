import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as files from '../../commands/files.js'
import * as pgbackrest from '../../commands/pgbackrest.js'
import * as systemd from '../../commands/systemd.js'
import * as users from '../../commands/users.js'
import type { Action } from '../../core/action.js'
import { runCommand } from '../../hosts/capture.js'
import { writeWhole } from '../../hosts/files.js'
import { whileLocked } from '../../hosts/lock.js'
import { must } from '../../hosts/must.js'
import { changeBackups, readBackups, sendersOf } from '../../state/backups.js'
import { type Cluster, projectsWithDatabase } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { changeSqlite, projectsWithSqlite } from '../../state/sqlite.js'
import { forgetStorage } from '../../state/storage.js'
import { writeConfig } from '../backups/config.js'
import { backupLock, runTool, stanzaOf } from '../backups/tool.js'

/**
 * Lists the actions before the first backup in the storage. The queue begins before the backup, so that no change is
 * missed.
 */
export const takingUp = (project: string, cluster: Cluster): readonly Action[] => [
  {
    name: 'create_storage_stanza',
    run: async () => {
      await runTool(pgbackrest.createStanza(stanzaOf(project, cluster, 'storage')))
    },
  },
  {
    name: 'queue_wal',
    isMade: async () => {
      const [path] = sendersOf(project)
      return existsSync(markOf(project, cluster)) && (await runCommand(systemd.isEnabled(path))).status === 0
    },
    run: async () => {
      const folders = queueFolders(project)
      for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 })
      await must(users.own('postgres', ...folders))
      writeWhole(markOf(project, cluster), '', 0o644)
      await must(systemd.reload)
      await must(systemd.enableNow(sendersOf(project)[0]))
    },
  },
]

/**
 * Returns three folders: WAL that waits for the storage, the file that is being sent, and the clusters in the storage.
 */
const queueFolders = (project: string): readonly string[] =>
  ['queue', 'sending', 'stored'].map(name => join(serverPaths.backupFolder(project), name))

/**
 * Names a file that exists from the first backup of a cluster in the storage on. Without it nothing of the cluster is
 * sent.
 */
const markOf = (project: string, { name }: Cluster): string =>
  join(serverPaths.backupFolder(project), 'stored', name)

/** Stops sending to the storage. Its present backups stay there. */
export const leaveStorage = async (project: string): Promise<void> => {
  await stopSending(project)
  const unsent = join(serverPaths.backupFolder(project), 'unsent')
  // A killed restore from the storage can have left its keys.
  for (const path of [...queueFolders(project), unsent, serverPaths.sourceConfig(project)])
    await must(files.remove(path))
  if (readBackups(project) === null) return
  await changeBackups(project, known => ({ ...known, storage: null }))
  await writeConfig(project)
}

export const stopSending = async (project: string): Promise<void> => {
  const [path, service] = sendersOf(project)
  await runCommand(systemd.disableNow(path))
  await runCommand(systemd.stop(service))
}

/** Stops sending the SQLite file of an app to the storage. */
export const leaveFileStorage = (project: string): Promise<void> =>
  changeSqlite(project, known => ({ ...known, storage: null }))

/** Makes the backups of every database stay on this machine. */
export const removeStorage = async (): Promise<void> => {
  forgetStorage()
  await leaveEverywhere()
}

/**
 * Makes every database use the changed storage.
 * @param moved whether it is another place, which needs a backup before it gets changes.
 */
export const takeUpChange = (moved: boolean): Promise<void> =>
  moved
    ? leaveEverywhere()
    : inEachDatabase(async project => {
        if (readBackups(project) !== null) await writeConfig(project)
      })

const leaveEverywhere = async (): Promise<void> => {
  await inEachDatabase(leaveStorage)
  for (const project of projectsWithSqlite()) await leaveFileStorage(project)
}

const inEachDatabase = async (work: (project: string) => Promise<void>): Promise<void> => {
  for (const project of projectsWithDatabase()) await whileLocked(backupLock(project), () => work(project))
}
