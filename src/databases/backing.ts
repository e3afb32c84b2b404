import type { EventBody } from '../core/event.js'
import { gatlingHome } from '../state/paths.js'
import { isServer } from '../state/server.js'
import type { Wanted } from './backups/choose.js'
import { needsPoints } from './backups/errors.js'
import type { Place } from './backups/repository.js'
import type { Proof } from './backups/verify.js'
import { serverOnly } from './embedded/errors.js'
import { sqliteFile } from './sqlite/file.js'

type Emit = (event: EventBody) => void

/** The backups of an app's database, of any kind. */
export interface Backing {
  /** How long a database that is not live stays, in days; null: until somebody drops it. */
  readonly days: number | null
  /** Decides whether new backups also go to the storage, or stay on this machine only. */
  keepIn(project: string, place: 'storage' | 'local'): Promise<void>
  backUp(
    project: string,
    full: boolean,
    emit: Emit,
  ): Promise<{ readonly id: string; readonly kind: string; readonly size: number }>
  /**
   * Restores a backup.
   * @param from the place of the backup; null: here, otherwise the storage.
   * @returns the label of the restored database, the time that it shows, and the command that opens it.
   */
  restore(
    project: string,
    wanted: Wanted,
    from: Place | null,
    emit: Emit,
  ): Promise<{ readonly label: string; readonly at: Date | null; readonly look: string }>
  /**
   * Makes another database live.
   * @param back an earlier release that replaces the live one in the same swap.
   * @returns the label of the database that was live before.
   */
  promote(project: string, label: string, back: number | null, emit: Emit): Promise<string>
  /** Proves the newest backups. @returns a proof for each place that has backups. */
  verify(project: string, emit: Emit): Promise<readonly Proof[]>
}

/**
 * Returns the backups of an app: of its SQLite file if it has one on a server, otherwise of its PostgreSQL. Without a
 * database these refuse.
 */
export const backingOf = (project: string): Backing => {
  if (!isServer()) return ofEmbedded
  return sqliteFile(project) === null ? ofCluster : ofFile
}

const ofCluster: Backing = {
  days: 7,
  keepIn: async (project, place) => (await import('./storage/keep-in.js')).keepBackupsIn(place, project),
  backUp: async (...given) => (await import('./backups/backup.js')).backUp(...given),
  restore: async (project, wanted, from, emit) => {
    const { label } = await (await import('./backups/restore.js')).restore(project, wanted, from, emit)
    const at = 'at' in wanted ? wanted.at : null
    return { label, at, look: `gatling db psql ${project} --on ${label}` }
  },
  promote: async (...given) => (await import('./backups/promote.js')).promote(...given),
  verify: async (...given) => (await import('./backups/verify.js')).verify(...given),
}

const ofFile: Backing = {
  days: 7,
  keepIn: async (project, place) => (await import('./storage/keep-in.js')).keepFileIn(place, project),
  // Every backup of a file is a full one, but does not store again what an earlier one contains.
  backUp: async (project, _full, emit) => {
    const { id, added } = await (await import('./sqlite/backup.js')).backUp(project, emit)
    return { id, kind: 'full', size: added }
  },
  restore: async (project, wanted, from, emit) => {
    if ('before' in wanted) throw needsPoints('--before')
    const { file, backup } = await (await import('./sqlite/restore.js')).restore(project, wanted, from, emit)
    const look = `gatling run ${project} sqlite3 -readonly ${file.path}`
    return { label: file.label, at: backup.endedAt, look }
  },
  promote: async (project, label, back, emit) => {
    if (back !== null) throw needsPoints('--release')
    return (await import('./sqlite/promote.js')).promote(project, label, emit)
  },
  verify: async (...given) => (await import('./sqlite/verify.js')).verify(...given),
}

/** Dumps of the database of an app in embedded mode, which a person makes. */
const ofEmbedded: Backing = {
  days: null,
  keepIn: async (_project, place) => {
    if (place === 'storage') throw serverOnly('backup --to storage')
  },
  backUp: async (project, _full, emit) => {
    const { backUpEmbedded } = await import('./embedded/backup.js')
    const { id, size } = await backUpEmbedded(gatlingHome(), project, emit)
    return { id, kind: 'dump', size }
  },
  restore: async (project, wanted, from, emit) => {
    if ('before' in wanted) throw needsPoints('--before')
    if (from === 'storage') throw serverOnly('restore --from storage')
    const { restoreEmbedded } = await import('./embedded/backup.js')
    const { label, dump } = await restoreEmbedded(gatlingHome(), project, wanted, emit)
    return { label, at: dump.endedAt, look: `gatling db psql ${project} --on ${label}` }
  },
  promote: async (project, label, back, emit) => {
    if (back !== null) throw needsPoints('--release')
    return (await import('./embedded/use.js')).promoteEmbedded(gatlingHome(), project, label, emit)
  },
  verify: async () => {
    throw serverOnly('verify')
  },
}
