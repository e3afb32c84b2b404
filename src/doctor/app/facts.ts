import type { Live } from '../../core/live.js'
import { readApp } from '../../state/apps.js'
import { appPaths } from '../../state/paths.js'
import { type Registered, readRegistered, serverPaths } from '../../state/server.js'
import { type Properties, unitsNamed } from '../units.js'

/** What root knows of an app, and what the app's own user says of it. */
export interface AppFacts {
  readonly project: string
  /** The folder that the app's user may write. */
  readonly root: string
  readonly registered: Registered
  /** null before the first deploy. */
  readonly live: Pick<Live, 'release' | 'slot' | 'domains' | 'processes'> | null
}

/** @throws GatlingError STATE_BROKEN or PROJECT_UNKNOWN. */
export const appFacts = (project: string): AppFacts => {
  const registered = readRegistered(project)
  if (!registered) throw new Error(`${serverPaths.registered(project)} is not there`)
  const { live } = readApp(serverPaths.home, project)
  return { project, registered, live, root: appPaths(serverPaths.home, project).root }
}

/** The names the app answers to. */
export const domainsOf = ({ registered, live }: AppFacts): readonly string[] =>
  registered.site?.domains ?? live?.domains ?? []

/** Where its live instance answers; null: nowhere, as of a folder of files. By root's own knowledge: what the app's user says could be anybody's port. */
export const portOf = ({ registered, live }: AppFacts): number | null =>
  live === null || live.processes.length === 0 ? null : registered.ports[live.slot]

/** The unit of its live instance. */
export const liveUnit = async (facts: AppFacts): Promise<Properties | null> => {
  if (facts.live === null || facts.live.processes.length === 0) return null
  const unit = `${facts.project}@${facts.live.slot}.service`
  const units = await unitsNamed(
    [unit],
    ['ActiveState', 'SubState', 'NRestarts', 'MemoryCurrent', 'MemoryMax'],
  )
  return units.get(unit) ?? {}
}
