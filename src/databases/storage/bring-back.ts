import { existsSync, rmSync } from 'node:fs'
import * as files from '../../commands/files.js'
import * as pgbackrest from '../../commands/pgbackrest.js'
import { ensure } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { must } from '../../hosts/must.js'
import { type Cluster, logins, readDatabase } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import { addressOf, readStorage, type Storage } from '../../state/storage.js'
import { backupConfig } from '../../templates/pgbackrest.js'
import { chooseBackup } from '../backups/choose.js'
import { writeForPostgres } from '../backups/config.js'
import { awaitReplay, forgetReplay, prepareFolder, startCluster } from '../backups/make-copy.js'
import { installTool, writeNoArchive } from '../backups/protect.js'
import { parseAll } from '../backups/repository.js'
import { reasonsIn, refuseWithoutRoom, runTool } from '../backups/tool.js'
import { clusterPaths, runSql } from '../cluster.js'
import type { Source } from '../create.js'
import { installPostgres } from '../install.js'
import { databaseThere, noStorage, nothingStored, storedVersionMissing } from './errors.js'
import { foldersIn } from './reach.js'

/** A backup in the storage, and the way to restore it. */
export interface Stored extends Source {
  readonly backup: string
}

/**
 * Finds what a lost machine has put into the storage for an app of this name.
 * @param at the wanted time; null: the last state.
 * @throws GatlingError DATABASE_THERE, NO_STORAGE, NOTHING_STORED, STORED_VERSION_MISSING, ROOM_MISSING or
 * BACKUP_TOOL_FAILED.
 */
export const fromStorage = async (
  project: string,
  at: Date | null,
  emit: (event: EventBody) => void,
): Promise<Stored> => {
  if (readDatabase(project)?.created) throw databaseThere(project)
  const storage = readStorage()
  if (!storage) throw noStorage()
  for (const action of [installPostgres, installTool]) await ensure(action, emit)
  const config = serverPaths.sourceConfig(project)
  const { folder, id, stanza, databaseSize, version, target } = await newestIn(storage, project, at).finally(
    () => rmSync(config, { force: true }),
  )
  if (!existsSync(`/usr/lib/postgresql/${version}/bin/initdb`)) throw storedVersionMissing(version)
  refuseWithoutRoom('a restore', '/var/lib', databaseSize)
  return {
    backup: id,
    version,
    fill: async cluster => {
      const { data } = clusterPaths(cluster)
      await must(files.remove(data))
      await prepareFolder(cluster)
      // PostgreSQL reads the configuration while it replays. It contains the keys and the passphrase.
      await point(storage, folder, config)
      try {
        await runTool(pgbackrest.restore({ config, name: stanza }, id, data, target))
        await writeNoArchive(cluster)
        await startCluster(cluster)
        await awaitReplay(cluster)
      } finally {
        rmSync(config, { force: true })
      }
      await forgetReplay(cluster)
      await closeLogins(cluster)
    },
  }
}

/** Closes the logins, so that no password of the lost machine is valid. */
const closeLogins = async (cluster: Cluster): Promise<void> => {
  for (const login of logins) await runSql(cluster, `ALTER ROLE ${login} NOLOGIN PASSWORD NULL`, 'postgres')
}

/**
 * Finds the newest backup. Each database that had the app's name has a folder, named after the time when it was made.
 * The last one counts.
 */
const newestIn = async (storage: Storage, project: string, at: Date | null) => {
  const config = serverPaths.sourceConfig(project)
  const all = await foldersIn(storage, project)
  const folders = all.filter(({ kind }) => kind === 'postgres').map(({ folder }) => folder)
  const none = (why: string) => nothingStored(project, addressOf(storage, `/${project}`), why)
  for (const folder of [...folders].reverse()) {
    await point(storage, folder, config)
    const { backups, trouble } = parseAll(await runTool(pgbackrest.infoOfAll(config)))
    if (trouble !== null) throw none(reasonOf(trouble))
    const last = backups.filter(({ damaged }) => !damaged).at(-1)
    if (at === null && last) return { ...last, folder, target: { type: 'default' } as const }
    if (at === null) continue
    const choice = chooseBackup({ at }, backups, [], new Date())
    if (!('backup' in choice)) continue
    const chosen = backups.find(({ id }) => id === choice.backup.id)
    if (chosen) return { ...chosen, folder, target: choice.target }
  }
  throw none(folders.length === 0 ? 'there is nothing of that name' : 'no backup ended before that time')
}

/** Explains an error. Files that were encrypted with another passphrase do not look like pgBackRest's files. */
const reasonOf = (trouble: string): string =>
  /CryptoError|FormatError/.test(trouble)
    ? 'what is there was encrypted with another passphrase'
    : reasonsIn(trouble).join(' ')

const point = (storage: Storage, folder: string, config: string): Promise<void> =>
  writeForPostgres(
    config,
    backupConfig({
      repository: { ...storage, path: storage.path + folder },
      locks: '/run/postgresql/gatling-source',
      clusters: [],
    }),
  )
