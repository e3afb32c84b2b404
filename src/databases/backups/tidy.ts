import { rmSync } from 'node:fs'
import * as files from '../../commands/files.js'
import * as pgbackrest from '../../commands/pgbackrest.js'
import * as systemd from '../../commands/systemd.js'
import type { EventBody } from '../../core/event.js'
import { runCommand } from '../../hosts/capture.js'
import { must } from '../../hosts/must.js'
import { type Copy, changeBackups, forgetBackups, readBackups, timersOf } from '../../state/backups.js'
import { serverPaths } from '../../state/server.js'
import { whileAlone } from '../alone.js'
import { stopSending } from '../storage/take-up.js'
import { storageOf, writeConfig } from './config.js'
import { servingOf, withCopy, withoutCopy } from './copies.js'
import { removeCluster } from './make-copy.js'
import { hasStanza } from './protect.js'
import { keptOf, runTool, stanzaOf } from './tool.js'

const dayMs = 24 * 3_600_000
/** How long a database that is not live stays beside the live one. */
const keptMs = 7 * dayMs
/** How long its backups stay, as long as those of the live one, of which two full ones are kept. */
const backupsKeptMs = 14 * dayMs

interface Overdue<One> {
  readonly copy: One
  /** `remove` the database, or also `forget` its backups. */
  readonly what: 'remove' | 'forget'
}

/** Lists what to remove of an app's databases that are not live. */
export const overdue = <
  One extends Pick<Copy, 'label' | 'served' | 'state' | 'made_at'> & Partial<Pick<Copy, 'upgraded_from'>>,
>(
  { copies }: { readonly copies: readonly One[] },
  now: Date,
): readonly Overdue<One>[] => {
  const kept = servingOf<One>({ copies })?.upgraded_from
  return copies.flatMap((copy): readonly Overdue<One>[] => {
    const last = copy.served.at(-1)
    if (last?.until === null || copy.state === 'making' || (copy.state === 'there' && copy.label === kept))
      return []
    const age = now.getTime() - Date.parse(last?.until ?? copy.made_at)
    if (copy.state === 'gone') return age > backupsKeptMs ? [{ copy, what: 'forget' }] : []
    return age > keptMs ? [{ copy, what: 'remove' }] : []
  })
}

/** Removes databases that have not been live for 7 days, and backups of those that have not been live for 14 days. */
export const tidyCopies = (project: string, now: Date, emit: (event: EventBody) => void): Promise<void> =>
  whileAlone(project, emit, async () => {
    const known = readBackups(project)
    for (const { copy, what } of known === null ? [] : overdue(known, now)) {
      if (what === 'remove') await remove(project, copy)
      else await forget(project, copy)
      emit({
        type: 'note',
        text: `removed ${what === 'remove' ? '' : 'the backups of '}${copy.label}, which no longer serves`,
      })
    }
  })

/** Removes a database. Its backups stay. */
export const remove = async (project: string, copy: Copy): Promise<void> => {
  await removeCluster(copy.cluster)
  // A database that was never live has no backups.
  if (copy.served.length === 0) return forget(project, copy)
  await changeBackups(project, known => withCopy(known, { ...copy, state: 'gone' }))
}

const forget = async (project: string, { label, cluster }: Copy): Promise<void> => {
  if (hasStanza(project, cluster)) {
    await runTool(pgbackrest.stopStanza(stanzaOf(project, cluster)))
    await runTool(pgbackrest.deleteStanza(stanzaOf(project, cluster)))
  }
  if (storageOf(project)) await forgetStored(project, cluster)
  await changeBackups(project, known => withoutCopy(known, label))
  await writeConfig(project)
}

const forgetStored = async (project: string, cluster: Copy['cluster']): Promise<void> => {
  if ((await keptOf(project, cluster, 'storage')).backups.length === 0) return
  await runTool(pgbackrest.stopStanza(stanzaOf(project, cluster, 'storage')))
  await runTool(pgbackrest.deleteStanza(stanzaOf(project, cluster, 'storage')))
}

/** Removes all backups of a removed database, and the databases beside it. Backups in the storage stay. */
export const removeBackups = async (project: string): Promise<void> => {
  for (const timer of timersOf(project)) await runCommand(systemd.disableNow(timer))
  await stopSending(project)
  for (const { cluster } of readBackups(project)?.copies ?? []) await removeCluster(cluster)
  await must(files.remove(serverPaths.backupFolder(project)))
  const { backupConfig, storageConfig, sourceConfig } = serverPaths
  for (const path of [backupConfig, storageConfig, sourceConfig]) rmSync(path(project), { force: true })
  forgetBackups(project)
}
