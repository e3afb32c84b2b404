import { rmSync } from 'node:fs'
import * as postgres from '../commands/postgres.js'
import { runCommand } from '../hosts/capture.js'
import type { Cluster } from '../state/database.js'
import { clusterPaths, isThere } from './cluster.js'

/** Removes what is left of a cluster that nobody uses: one that was being made, or removed. Debian's tool knows it once it has a configuration. */
export const removeHalfMade = async (cluster: Cluster): Promise<void> => {
  if (await isThere(cluster)) await runCommand(postgres.dropCluster(cluster))
  const { config, data } = clusterPaths(cluster)
  for (const path of [config, data]) rmSync(path, { recursive: true, force: true })
}
