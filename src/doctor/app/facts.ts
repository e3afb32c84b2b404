import type { Live } from '../../core/live.js'
import { isSeated } from '../../server/seat.js'
import { stackOfLive } from '../../stacks/stacks.js'
import { readApp } from '../../state/apps.js'
import { appPaths } from '../../state/paths.js'
import { type Registered, readRegistered, serverPaths } from '../../state/server.js'
import { type Properties, unitsNamed } from '../units.js'

/** What root knows about an app, and what the app's own user says about it. */
export interface AppFacts {
  readonly project: string
  /** The folder that the app's user can write. */
  readonly root: string
  readonly registered: Registered
  /** Whether its instance must run on this machine. On a machine of a fleet it can have no seat. */
  readonly isSeated: boolean
  /** null: the app was never deployed. */
  readonly live: Pick<Live, 'release' | 'slot' | 'domains' | 'processes'> | null
  /** The kind of the app; null before the first deploy. */
  readonly stack: string | null
}

/** Reads the facts about an app. @throws GatlingError STATE_BROKEN or PROJECT_UNKNOWN. */
export const appFacts = (project: string): AppFacts => {
  const registered = readRegistered(project)
  if (!registered) throw new Error(`${serverPaths.registered(project)} is not there`)
  const { live } = readApp(serverPaths.home, project)
  const stack = live && stackOfLive(serverPaths.home, project, live).name
  return {
    project,
    registered,
    isSeated: isSeated(project),
    live,
    stack,
    root: appPaths(serverPaths.home, project).root,
  }
}

/** Returns the names that the app answers to. */
export const domainsOf = ({ registered, live }: AppFacts): readonly string[] =>
  registered.site?.domains ?? live?.domains ?? []

/**
 * Returns the port of the instance that must run, from root's own records: the app's user could name any port. null: there is
 * none, as for a folder of files.
 */
export const portOf = ({ registered, isSeated, live }: AppFacts): number | null =>
  !isSeated || live === null || live.processes.length === 0 ? null : registered.ports[live.slot]

/** Returns the unit of the instance that must run; null: none must. */
export const liveUnit = async (facts: AppFacts): Promise<Properties | null> => {
  if (!facts.isSeated || facts.live === null || facts.live.processes.length === 0) return null
  const unit = `${facts.project}@${facts.live.slot}.service`
  const units = await unitsNamed(
    [unit],
    ['ActiveState', 'SubState', 'NRestarts', 'MemoryCurrent', 'MemoryMax'],
  )
  return units.get(unit) ?? {}
}
