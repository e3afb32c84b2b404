import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as systemd from '../commands/systemd.js'
import { type Cluster, clusterName, slotAddresses } from '../core/cluster.js'
import { readIfThere, writeWhole } from '../hosts/files.js'
import { must } from '../hosts/must.js'
import { serverPaths } from '../state/server.js'
import { hostsLines, namesUnit } from '../templates/names.js'

const unit = 'gatling-names.service'
const unitPath = join(serverPaths.units, unit)

/** Names the instances of an app, those of each slot and all of them, for its own instances on this machine. */
export const nameInstances = async (project: string, cluster: Cluster): Promise<void> => {
  const [a, b] = [slotAddresses(cluster, 'a'), slotAddresses(cluster, 'b')]
  const text = [
    hostsLines(clusterName(project, 'a'), a),
    hostsLines(clusterName(project, 'b'), b),
    hostsLines(clusterName(project, null), [...a, ...b]),
  ].join('')
  const path = serverPaths.names(project)
  if (readIfThere(path) === text) return answerNames()
  mkdirSync(serverPaths.namesFolder, { recursive: true })
  // The server of these names is not root.
  chmodSync(serverPaths.namesFolder, 0o755)
  writeWhole(path, text, 0o644)
  await answerNames()
  await must(systemd.reloadOrRestart(unit))
}

const answerNames = async (): Promise<void> => {
  const text = namesUnit(serverPaths.namesFolder)
  if (readIfThere(unitPath) !== text) {
    writeWhole(unitPath, text, 0o644)
    await must(systemd.reload)
    await must(systemd.tryRestart(unit))
  }
  await must(systemd.enableNow(unit))
}

/** Removes all names, and what answers for them. */
export const forgetNames = async (): Promise<void> => {
  if (readIfThere(unitPath) === null) return
  await must(systemd.disableNow(unit))
  for (const path of [unitPath, serverPaths.namesFolder]) rmSync(path, { recursive: true, force: true })
}
