import type { EventBody } from '../../core/event.js'
import { changeBackups, readBackups } from '../../state/backups.js'
import type { Cluster } from '../../state/database.js'
import { withoutCopy } from './copies.js'
import { removeFollower } from './follower.js'
import { removeCluster } from './make-copy.js'

/** Removes a cluster that was never live, and its follower. */
export const removeMade = async (project: string, cluster: Cluster): Promise<void> => {
  await removeFollower(project, cluster)
  await removeCluster(cluster)
}

/** Removes what a killed restore or upgrade has left. */
export const removeUnfinished = async (project: string, emit: (event: EventBody) => void): Promise<void> => {
  for (const { label, cluster, state } of readBackups(project)?.copies ?? []) {
    if (state !== 'making') continue
    emit({ type: 'note', text: `removes ${label}, which an interrupted command has left` })
    await removeMade(project, cluster)
    await changeBackups(project, known => withoutCopy(known, label))
  }
}
