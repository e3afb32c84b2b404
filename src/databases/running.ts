import * as systemd from '../commands/systemd.js'
import { runCommand } from '../hosts/capture.js'
import type { Database } from '../state/database.js'
import { clusterPaths } from './cluster.js'
import { liveRecords } from './live.js'

/** Tells which of the databases of some apps run. Apps without a database are left out. */
export const databasesRunning = async (
  projects: readonly string[],
): Promise<ReadonlyMap<string, 'running' | 'down'>> => {
  const units = projects.flatMap(project => {
    const database = databaseIfReadable(project)
    return database === null ? [] : [[project, clusterPaths(database.cluster).unit] as const]
  })
  if (units.length === 0) return new Map()
  const { stdout } = await runCommand(
    systemd.show(
      units.map(([, unit]) => unit),
      ['ActiveState'],
    ),
  )
  const active = stdout.split('\n\n').filter(block => /^ActiveState=active$/m.test(block))
  const isActive = (unit: string): boolean => active.some(block => block.split('\n').includes(`Id=${unit}`))
  return new Map(units.map(([project, unit]) => [project, isActive(unit) ? 'running' : 'down']))
}

/** Reads the database of an app. A damaged state file must not hide the other apps; doctor reports it. */
const databaseIfReadable = (project: string): Database | null => {
  try {
    return liveRecords(project).database
  } catch {
    return null
  }
}
