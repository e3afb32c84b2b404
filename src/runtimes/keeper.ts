import { spawnDetached } from '../hosts/process.js'
import { type KeeperClient, keeperClient } from '../keeper/client.js'
import { appPaths } from '../state/paths.js'
import { isServerHome } from '../state/server.js'
import { doorClosed, notServing } from './errors.js'

/** Returns a client of the app's keeper: embedded mode, or on a server root, behind the app's own socket. */
export const keeperOf = (home: string, project: string): KeeperClient =>
  keeperClient(appPaths(home, project).control, () =>
    isServerHome(home) ? doorClosed(project) : notServing(home),
  )

/** Takes the lease of an app for one deploy. If the deploy dies, the keeper converges the app at once. */
export const leaseApp = (home: string, project: string, run: number): Promise<() => void> =>
  keeperOf(home, project).lease(project, run)

/** Starts the process that carries out a run, which outlives the caller. @returns its pid. */
export const launchRun = (home: string, project: string, run: number, cli: string): Promise<number> => {
  if (isServerHome(home)) return keeperOf(home, project).apps.perform(project, run)
  // A deploy that a hook requests must not end with the deploy of that hook.
  const { GATLING_RUN: _mark, ...environment } = process.env
  return spawnDetached([process.execPath, cli, 'perform', project, String(run)], {
    ...environment,
    GATLING_HOME: home,
  })
}
