import { rmSync } from 'node:fs'
import * as postgres from '../commands/postgres.js'
import * as systemd from '../commands/systemd.js'
import { runCommand } from '../hosts/capture.js'
import type { Cluster } from '../state/database.js'
import { clusterPaths, isThere } from './cluster.js'

/** Removes what is left of a cluster that nobody uses: one that was being made, or removed. Debian's tool knows it once it has a configuration. */
export const removeHalfMade = async (cluster: Cluster): Promise<void> => {
  const { config, data, unit } = clusterPaths(cluster)
  // A killed run can have left it starting, which Debian's tool does not stop.
  await runCommand(systemd.stop(unit))
  if (await isThere(cluster)) await runCommand(postgres.dropCluster(cluster))
  await runCommand(systemd.forgetFailure(unit))
  for (const path of [config, data]) rmSync(path, { recursive: true, force: true })
}
