import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from '../../hosts/files.js'
import { fold } from '../../metrics/fold.js'
import { serverSources } from '../../metrics/rows-of.js'
import { openMetricsOf } from '../../queries/metrics.js'
import { serverPaths } from '../../state/server.js'

/** Keeps the metrics, and writes them for node_exporter if that is installed. Root runs it on a server. */
export const foldCommand = async (): Promise<void> => {
  await fold(serverSources())
  if (!existsSync(serverPaths.textfiles)) return
  writeWhole(
    join(serverPaths.textfiles, 'gatling.prom'),
    await openMetricsOf(serverPaths.home, undefined, 'textfile'),
    0o644,
  )
}
