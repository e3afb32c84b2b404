import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as apt from '../../commands/apt.js'
import * as pgbackrest from '../../commands/pgbackrest.js'
import * as postgres from '../../commands/postgres.js'
import * as systemd from '../../commands/systemd.js'
import * as users from '../../commands/users.js'
import type { Action } from '../../core/action.js'
import { runCommand } from '../../hosts/capture.js'
import { readIfThere, writeWhole } from '../../hosts/files.js'
import { must } from '../../hosts/must.js'
import { changeBackups, readBackups, timersOf } from '../../state/backups.js'
import type { Cluster } from '../../state/database.js'
import { serverPaths } from '../../state/server.js'
import {
  backupService,
  backupTimer,
  proofService,
  proofTimer,
  sendPath,
  sendService,
} from '../../templates/backup-units.js'
import { archiveSettings } from '../../templates/pgbackrest.js'
import { clusterPaths, runSql } from '../cluster.js'
import { configureTool } from './config.js'
import { servingOf } from './copies.js'
import { repositoryGone } from './errors.js'
import { runTool, stanzaOf } from './tool.js'

/** Lists the actions before the first backup of a cluster. Each runs only if it is needed. */
export const protecting = (project: string, cluster: Cluster): readonly Action[] => [
  installTool,
  noteFirst(project, cluster),
  makeFolders(project),
  configureTool(project),
  createStanza(project, cluster),
  archiveWal(project, cluster),
  schedule(project),
]

export const installTool: Action = {
  name: 'install_pgbackrest',
  isMade: async () => (await runCommand(apt.status('pgbackrest'))).stdout.startsWith('install ok installed'),
  run: async () => {
    await must(apt.update)
    await must(apt.install(['pgbackrest']))
  },
}

/** Notes the cluster that `db create` made as the first live one. */
const noteFirst = (project: string, cluster: Cluster): Action => ({
  name: 'note_first_cluster',
  isMade: () => {
    const known = readBackups(project)
    return known !== null && servingOf(known) !== null
  },
  run: () => {
    const now = new Date().toISOString()
    return changeBackups(project, known => ({
      ...known,
      copies: [
        {
          label: 'r0',
          cluster,
          made_at: now,
          from: null,
          state: 'there',
          served: [{ from: now, until: null }],
        },
      ],
    }))
  },
})

const makeFolders = (project: string): Action => {
  const folder = serverPaths.backupFolder(project)
  return {
    name: 'make_backup_folder',
    isMade: () => existsSync(join(folder, 'repository')),
    run: async () => {
      // An empty folder in its place would hide that all earlier backups are gone.
      const repository = join(folder, 'repository')
      if (readBackups(project)?.good_at != null)
        throw repositoryGone(repository, `install -d -o postgres -g postgres -m 700 ${repository}`)
      mkdirSync(dirname(folder), { recursive: true, mode: 0o711 })
      mkdirSync(join(folder, 'repository'), { recursive: true, mode: 0o700 })
      await must(users.own('postgres', folder, join(folder, 'repository')))
    },
  }
}

/** Tells whether the repository knows a cluster. */
export const hasStanza = (project: string, { name }: Cluster): boolean =>
  existsSync(join(serverPaths.backupFolder(project), 'repository', 'backup', name, 'backup.info'))

export const createStanza = (project: string, cluster: Cluster): Action => ({
  name: 'create_stanza',
  isMade: () => hasStanza(project, cluster),
  run: async () => {
    await runTool(pgbackrest.createStanza(stanzaOf(project, cluster)))
  },
})

/**
 * Returns the file that decides what a cluster does with its WAL. PostgreSQL reads it after Gatling's other settings,
 * because of its name.
 */
const archivePath = (cluster: Cluster): string =>
  join(dirname(clusterPaths(cluster).settings), 'gatling_archive.conf')

/** Makes a cluster archive its WAL from now on. Without archive_mode it must be restarted once. */
export const archiveWal = (project: string, cluster: Cluster): Action => {
  const text = archiveSettings(
    [
      serverPaths.archiveWal,
      serverPaths.backupConfig(project),
      cluster.name,
      serverPaths.backupFolder(project),
      '%p',
    ].join(' '),
  )
  return {
    name: 'archive_wal',
    isMade: () => readIfThere(archivePath(cluster)) === text,
    run: async () => {
      await writeArchive(cluster, text)
      await takeUp(cluster)
    },
    undo: () => throwWalAway(cluster),
  }
}

/** Archives a segment and checks that it arrived. A backup checks that itself. */
export const checkArchive = (project: string, cluster: Cluster): Action => ({
  name: 'check_archive',
  run: async () => {
    await runTool(pgbackrest.check(stanzaOf(project, cluster)))
  },
})

const writeArchive = (cluster: Cluster, text: string): Promise<void> =>
  must(postgres.writeFile(archivePath(cluster), text))

/** Makes a cluster archive no WAL, because it is not live. */
export const throwWalAway = async (cluster: Cluster): Promise<void> => {
  await writeNoArchive(cluster)
  await takeUp(cluster)
}

export const writeNoArchive = (cluster: Cluster): Promise<void> =>
  writeArchive(cluster, archiveSettings(null))

const takeUp = async (cluster: Cluster): Promise<void> => {
  const [row] = await runSql(cluster, 'SHOW archive_mode', 'postgres')
  if (row?.[0] === 'on') await runSql(cluster, 'SELECT pg_reload_conf()', 'postgres')
  else await must(systemd.tryRestart(clusterPaths(cluster).unit))
}

const unit = (name: string, text: string) => ({ path: join(serverPaths.units, name), text })

/** The units for the backups of all databases. */
export const backupUnits = [
  unit('gatling-backup@.service', backupService(serverPaths.gatling)),
  unit('gatling-backup@.timer', backupTimer),
  unit('gatling-proof@.service', proofService(serverPaths.gatling)),
  unit('gatling-proof@.timer', proofTimer),
  unit(
    'gatling-storage@.service',
    sendService(
      serverPaths.sendWal,
      dirname(serverPaths.backupConfig('')),
      dirname(serverPaths.backupFolder('app')),
    ),
  ),
  unit('gatling-storage@.path', sendPath(dirname(serverPaths.backupFolder('app')))),
] as const

/** Schedules daily backups and weekly proofs. */
export const schedule = (project: string): Action => ({
  name: 'schedule_backups',
  isMade: async () => {
    const looks = timersOf(project).map(timer => runCommand(systemd.isEnabled(timer)))
    const areWritten = backupUnits.every(({ path, text }) => readIfThere(path) === text)
    return areWritten && (await Promise.all(looks)).every(({ status }) => status === 0)
  },
  run: async () => {
    for (const { path, text } of backupUnits) writeWhole(path, text, 0o644)
    await must(systemd.reload)
    await must(systemd.enableNow(...timersOf(project)))
  },
})
