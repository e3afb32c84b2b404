import * as pgbackrest from '../../commands/pgbackrest.js'
import type { Action } from '../../core/action.js'
import type { Cluster } from '../../state/database.js'
import type { Chosen } from './choose.js'
import { adoptCluster, awaitReplay, prepareFolder, removeCluster, startCluster } from './make-copy.js'
import { runTool, stanzaOf } from './tool.js'

/** The content of a new cluster. */
export interface Filling extends Chosen {
  /** The app whose backup it is. */
  readonly of: string
  /** The cluster whose settings it gets. */
  readonly like: Cluster
  /** The app that gets it. */
  readonly project: string
  readonly connections: number
  /** Returns the new cluster, once the actions run. */
  readonly cluster: () => Cluster
}

/** Fills a new cluster from a backup, until it accepts writes. Its logins are those of the backup. */
export const fillCluster = (filling: Filling): readonly Action[] => {
  const { of, backup, target, cluster } = filling
  return [
    {
      name: 'restore_files',
      run: async () => {
        const folder = await prepareFolder(cluster())
        await runTool(
          pgbackrest.restore(stanzaOf(of, { name: backup.stanza }, backup.place), backup.id, folder, target),
        )
      },
      undo: () => removeCluster(cluster()),
    },
    { name: 'configure_copy', run: () => adoptCluster(filling, cluster()) },
    { name: 'start_copy', run: () => startCluster(cluster()) },
    { name: 'replay_wal', run: () => awaitReplay(cluster()) },
  ]
}
