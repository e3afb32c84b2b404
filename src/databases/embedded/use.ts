import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as postgres from '../../commands/postgres.js'
import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { stampOf } from '../../core/stamp.js'
import { runAttached } from '../../hosts/attached.js'
import { whileLocked } from '../../hosts/lock.js'
import { cliPath } from '../../runs/start.js'
import { isLoaded, readApp } from '../../state/apps.js'
import { configOf, plainValues } from '../../state/config.js'
import { promoteServes } from '../backups/errors.js'
import { ownerRole } from '../cluster.js'
import { noDatabase, swapFailed } from '../errors.js'
import { runActions } from '../run-actions.js'
import { dumpTo } from './backup.js'
import { embeddedOf, ensureRunning, isMade, lockOf, stopRunning, withPrograms } from './cluster.js'
import { noteLabel, refuseMissing } from './labels.js'
import { nameOf, readUrl, removeUrl, urlOf, usedBy, usedIn, writeUrl } from './url.js'

/** Opens psql in a database of an app, as the app. @returns its exit code. @throws GatlingError NO_DATABASE or COPY_UNFINISHED. */
export const openEmbedded = async (
  home: string,
  project: string,
  attached: 'pipe' | 'terminal',
  on: string | undefined,
): Promise<number> => {
  const embedded = embeddedOf(home, project)
  const { label, password } = usedBy(home, embedded)
  await ensureRunning(embedded)
  if (on !== undefined) await refuseMissing(embedded, on)
  const name = nameOf(on ?? label)
  const command = postgres.psql(embedded.socket, name, ownerRole, project, attached === 'pipe')
  const { argv, env } = withPrograms(embedded, command)
  return runAttached(argv, { env: { ...process.env, ...env, PGPASSWORD: password } })
}

/**
 * Makes the app use another of its databases, by a swap. The old one stays.
 * @returns the label of the old one.
 * @throws GatlingError NO_DATABASE, COPY_UNFINISHED, PROMOTE_SERVES or DATABASE_FAILED.
 */
export const promoteEmbedded = async (
  home: string,
  project: string,
  label: string,
  emit: (event: EventBody) => void,
): Promise<string> => {
  const embedded = embeddedOf(home, project)
  const next = usedBy(home, embedded)
  return whileLocked(lockOf(embedded), async () => {
    await ensureRunning(embedded)
    await refuseMissing(embedded, label)
    const live = liveLabel(home, project)
    if (next.label === label && live === label) throw promoteServes(project, label)
    // A killed promotion can have changed the value for the next deploy.
    const before = live ?? next.label
    const point = (to: string): Promise<void> => writeUrl(home, project, urlOf(embedded, to, next.password))
    const actions: readonly Action[] = [
      { name: 'set_database_url', run: () => point(label), undo: () => point(before) },
      {
        name: 'swap_instance',
        isMade: () => readApp(home, project).live === null,
        run: async () => {
          const code = await runAttached([process.execPath, cliPath, 'renew', project])
          if (code !== 0 && liveLabel(home, project) !== label) throw swapFailed(project)
        },
      },
    ]
    const kept = 'The database that served before still serves.'
    await runActions(actions, { verb: 'promote', more: label, project, kept, emit })
    noteLabel(embedded, label)
    return before
  })
}

/** Returns the label of the database that the live release was deployed with. */
const liveLabel = (home: string, project: string): string | null => {
  const { live } = readApp(home, project)
  const url = live && plainValues(configOf(home, project, live.config))['DATABASE_URL']
  return usedIn(embeddedOf(home, project), url ?? null)?.label ?? null
}

/**
 * Removes the database of an app, except a last dump.
 * @returns the path of the dump.
 * @throws GatlingError NO_DATABASE or DATABASE_FAILED.
 */
export const destroyEmbedded = async (
  home: string,
  project: string,
  noDump: boolean,
  emit: (event: EventBody) => void,
): Promise<string | null> => {
  const embedded = embeddedOf(home, project)
  if (!isMade(embedded)) throw noDatabase(project)
  const folder = join(home, 'backups')
  const last = noDump ? null : join(folder, `${project}-${stampOf(new Date())}.dump`)
  const verb = { verb: 'destroy', project, emit }
  return whileLocked(lockOf(embedded), async () => {
    const url = isLoaded(home, project) ? readUrl(home, project) : null
    const used = usedIn(embedded, url)
    if (last !== null) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      await ensureRunning(embedded)
      const dump = { ...dumpTo(last, embedded, used?.label ?? 'r0'), name: 'keep_last_dump' }
      await runActions([dump], { ...verb, kept: 'The database is there as before.' })
    }
    const removing: readonly Action[] = [
      { name: 'unset_database_url', isMade: () => used === null, run: () => removeUrl(home, project) },
      { name: 'stop_cluster', run: () => stopRunning(embedded) },
      { name: 'remove_cluster', run: () => rmSync(embedded.folder, { recursive: true, force: true }) },
    ]
    await runActions(removing, { ...verb, kept: 'A part of it is gone.' })
    return last
  })
}
