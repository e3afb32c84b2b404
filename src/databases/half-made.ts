import { rmSync } from 'node:fs'
import * as postgres from '../commands/postgres.js'
import * as systemd from '../commands/systemd.js'
import { runCommand } from '../hosts/capture.js'
import type { Cluster } from '../state/database.js'
import { clusterPaths, isThere } from './cluster.js'

/**
 * Removes the rest of a cluster that nobody uses, because a run that made or removed it was killed. Debian's tool knows
 * a cluster only if it has a configuration.
 */
export const removeHalfMade = async (cluster: Cluster): Promise<void> => {
  const { config, data, unit } = clusterPaths(cluster)
  // A killed run can have left it starting, and Debian's tool does not stop a starting cluster.
  await runCommand(systemd.stop(unit))
  if (await isThere(cluster)) await runCommand(postgres.dropCluster(cluster))
  await runCommand(systemd.forgetFailure(unit))
  for (const path of [config, data]) rmSync(path, { recursive: true, force: true })
}
