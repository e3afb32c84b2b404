import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import * as restic from '../../commands/restic.js'
import type { Action } from '../../core/action.js'
import type { Command } from '../../core/host.js'
import { runCommand } from '../../hosts/capture.js'
import { writeWhole } from '../../hosts/files.js'
import { whileLocked } from '../../hosts/lock.js'
import { serverPaths } from '../../state/server.js'
import { backupKey, readSqlite } from '../../state/sqlite.js'
import { backupToolFailed, repositoryGone } from '../backups/errors.js'
import type { Place } from '../backups/repository.js'
import { backupLock } from '../backups/tool.js'

/** Names the folder of the backups of an app's file on this machine. Only root can read it. */
export const folderOf = (project: string): string => join(serverPaths.backupFolder(project), 'restic')

/** Returns the repository of an app's backups on this machine. */
export const repositoryOf = (project: string): restic.Repository =>
  restic.inFolder(folderOf(project), backupKey(project))

/** Names the folder of a copy during a backup, a restore or a proof. Only root can read it. */
export const spoolOf = (project: string): string => join(serverPaths.backupFolder(project), 'spool')

/** The name of the file in a backup. */
export const spooled = 'app.db'

/** How long to wait for another running backup, in seconds. */
const patience = 3_600

/** Uses the repository and the spool while nothing else does. @throws GatlingError LOCK_HELD. */
export const whileUsing = <Value>(project: string, work: () => Promise<Value>): Promise<Value> =>
  whileLocked(backupLock(project), work, patience)

/** Runs restic. @returns what it prints. @throws GatlingError BACKUP_TOOL_FAILED. */
export const runRestic = async (command: Command): Promise<string> => {
  const { status, stdout, stderr } = await runCommand(command)
  if (status !== 0) throw backupToolFailed('restic', stderr.trim().split('\n').slice(-8))
  return stdout
}

export const makeRepository = (project: string): Action => {
  const [folder, password] = [folderOf(project), backupKey(project)] as const
  return {
    name: 'make_repository',
    isMade: () => existsSync(join(folder, 'config')),
    run: async () => {
      // An empty repository in its place would hide that all earlier backups are gone.
      if (readSqlite(project)?.good_at != null)
        throw repositoryGone(folder, `rm /etc/gatling/sqlite/${project}.json`)
      mkdirSync(serverPaths.backupFolder(project), { recursive: true, mode: 0o711 })
      if (!existsSync(password)) writeWhole(password, `${randomBytes(32).toString('base64url')}\n`, 0o600)
      await runRestic(restic.init(repositoryOf(project)))
    },
  }
}

/** One backup in a repository. */
export interface Snapshot {
  readonly id: string
  /** Its id on the machine that made it. Notes about the backup use this id. */
  readonly madeAs: string
  readonly place: Place
  readonly repository: restic.Repository
  /** The time when it was made. The file was copied just before. */
  readonly endedAt: Date
  /** The label of its file. */
  readonly of: string
}

/** The length of the ids in restic's lists. */
const shortId = 8
export const inShort = (id: string): string => id.slice(0, shortId)

const snapshotsSchema = v.array(
  v.object({
    short_id: v.string(),
    time: v.string(),
    tags: v.optional(v.array(v.string()), []),
    /** The id of the backup that this one copies. */
    original: v.optional(v.string()),
  }),
)

/** Lists the backups of an app's file on this machine, oldest first. @throws GatlingError BACKUP_TOOL_FAILED. */
export const snapshotsOf = async (project: string): Promise<readonly Snapshot[]> =>
  readSqlite(project)?.good_at == null ? [] : snapshotsIn(repositoryOf(project), 'here')

/** Lists the backups in a repository, oldest first. @throws GatlingError BACKUP_TOOL_FAILED. */
export const snapshotsIn = async (
  repository: restic.Repository,
  place: Place,
): Promise<readonly Snapshot[]> => {
  const listed = v.parse(snapshotsSchema, JSON.parse(await runRestic(restic.snapshots(repository))))
  return listed
    .map(({ short_id, original, time, tags }) => ({
      id: short_id,
      madeAs: inShort(original ?? short_id),
      ...{ place, repository },
      endedAt: new Date(time),
      of: tags[0] ?? 'r0',
    }))
    .sort(byTime)
}

export const byTime = (one: Snapshot, other: Snapshot): number =>
  one.endedAt.getTime() - other.endedAt.getTime()
