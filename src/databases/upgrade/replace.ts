import * as systemd from '../../commands/systemd.js'
import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { must } from '../../hosts/must.js'
import { type Copy, changeBackups } from '../../state/backups.js'
import { move, takeBack } from '../backups/finish-promotion.js'
import { catchUp, endReplay, stopFollower } from '../backups/follower.js'
import { removeMade } from '../backups/unfinished.js'
import { clusterPaths, runSql } from '../cluster.js'
import { awaitRuns } from '../renew.js'
import { writeUrl } from '../url.js'
import { convert, startNewer } from './convert.js'
import { type Pause, pauseWrites } from './pause.js'
import { type Facts, makeBoth, patienceMs } from './rehearse.js'
import { beginSwitch, type Switch } from './switch.js'

/** The same wait while writes are held, in ms. Then only one segment of the archive is missing. */
const heldPatienceMs = 15_000

/**
 * Replaces the database by an upgraded copy. Writes are held only during the last part.
 * @param copy returns the notes about the copy.
 * @param held gets the time for which writes were held, in ms.
 */
export const replacing = (
  facts: Facts,
  copy: () => Copy,
  held: (ms: number) => void,
  emit: (event: EventBody) => void,
): readonly Action[] => {
  const { database, newer } = facts
  const { project, cluster } = database
  let pause: Pause | null = null
  let switching: Switch | null = null
  let since = 0
  return [
    {
      name: 'follow_database',
      run: async () => {
        await makeBoth(facts)
        await catchUp(database, newer(), patienceMs)
      },
      undo: () => removeMade(project, newer()),
    },
    {
      name: 'hold_writes',
      run: async () => {
        await awaitRuns(project, emit)
        // Data that is written now need not be written when the cluster stops.
        await runSql(cluster, 'CHECKPOINT', 'postgres')
        pause = await pauseWrites(cluster)
        since = performance.now()
      },
      undo: () => pause?.end(),
    },
    {
      name: 'upgrade_cluster',
      run: async () => {
        await catchUp(database, newer(), heldPatienceMs)
        await endReplay(project, newer())
        await stopFollower(project, newer())
        await convert(database, newer())
        await startNewer(newer())
      },
    },
    {
      name: 'switch_cluster',
      run: async () => {
        await pause?.confirm()
        await changeBackups(project, known => ({ ...known, promoting: copy().label }))
        switching = await beginSwitch(project, cluster, newer())
        await move(project, cluster, newer(), writeUrl)
        await switching.end()
        held(performance.now() - since)
        await pause?.end()
      },
      undo: async () => {
        await takeBack(database, copy())
        await switching?.end()
        // It runs already, unless its start failed.
        await must(systemd.start(clusterPaths(cluster).unit))
      },
    },
  ]
}
