import { existsSync } from 'node:fs'
import { show } from '../commands/systemd.js'
import { endedWith } from '../core/ending.js'
import { commandFailed } from '../core/errors.js'
import type { ServiceManager } from '../core/service-manager.js'
import { runCommand } from '../hosts/capture.js'
import { listenAsKeeper } from '../keeper/server.js'
import { rootProxy, rootServices } from '../runtimes/root.js'
import { valueRules } from '../stacks/stacks.js'
import { neededConfigs, readApp } from '../state/apps.js'
import { takeValues } from '../state/config.js'
import { setDefaults } from '../state/default-values.js'
import { isDeploying, unrecordedRuns } from '../state/runs.js'
import { readRegistered, serverPaths } from '../state/server.js'
import { markForgotten, removeApp } from './apps.js'
import { convergeAndBackUp, convergeAndNote, noteEnd } from './converge-app.js'
import { runAs, unitName } from './run-as.js'

/** How long the door stays open without a connection, in ms. */
const idleMs = 3_000
/** How much of a call is noted, in characters: an app must not be able to fill the journal. */
const longestNote = 1_000

/**
 * Serves root's side of one app. systemd listens on the app's socket and starts this at the first call
 * (systemd.socket(5)). It ends after the last call. Only the app's own user can reach it, and it acts for no other app.
 */
export const openDoor = async (project: string, log: (line: string) => void): Promise<void> => {
  const services = rootServices()
  const proxy = rootProxy()
  // Without a fleet its code is not loaded.
  const fleet = existsSync(serverPaths.fleet) ? (await import('../fleet/followers.js')).followers() : null
  let idle: NodeJS.Timeout | null = null
  let busy = 0
  let converging = Promise.resolve()
  const leave = async (): Promise<void> => {
    busy--
    if (busy === 0) idle = setTimeout(close, idleMs)
  }
  const during = async (work: () => Promise<unknown>): Promise<void> => {
    busy++
    if (idle) clearTimeout(idle)
    await work().catch((error: unknown) => log(`${project}: ${String(error)}`))
    await leave()
  }
  const server = await listenAsKeeper({
    listen: { fd: 3 },
    services,
    proxy,
    apps: {
      perform: (name, run) => perform(name, run),
      forget: async name => markForgotten(name),
      values: async (name, keep, wanted) => {
        await setDefaults(serverPaths.home, name, wanted, valueRules)
        return takeValues(serverPaths.home, name, keep, neededConfigs(serverPaths.home, name))
      },
      scale: async (name, web) =>
        (readRegistered(name)?.scale_asked ?? null) === web
          ? null
          : (await import('./scale.js')).followFile(name, web),
      // The code is imported here, because most deploys need no restore point.
      mark: async (...args) => (await import('../databases/backups/points.js')).markPoint(...args),
      points: async name => (await import('../databases/backups/points.js')).pointsOf(name),
    },
    ...(fleet ? { fleet } : {}),
    only: project,
    onCall: (name, args) => log(`${name} ${JSON.stringify(args)}`.slice(0, longestNote)),
    // The next deploy begins after the app was converged.
    beforeLease: () => converging,
    onLeaseLost: (name, run) => {
      fleet?.close()
      converging = during(() => (isForgotten(name) ? removeApp(name) : convergeAndBackUp(name)))
      void during(() => noteEnd(name, run, converging))
    },
  })
  const close = (): void => void server.close()
  server.on('connection', socket => {
    busy++
    if (idle) clearTimeout(idle)
    socket.once('close', () => void leave())
  })
  idle = setTimeout(close, idleMs)
  // The door before this one can have been killed together with its deploy.
  converging = during(async () => {
    if (isForgotten(project)) await removeApp(project)
    else if (await isLeftBehind(project, services)) await convergeAndNote(project, true)
  })
  await new Promise(resolve => server.once('close', resolve))
}

const isForgotten = (project: string): boolean => readRegistered(project)?.forgotten === true

/** Tells whether a deploy was left without a record, or an old version was left running. */
const isLeftBehind = async (project: string, services: ServiceManager): Promise<boolean> => {
  const { home } = serverPaths
  if (isDeploying(home, project)) return false
  if (unrecordedRuns(home, project).length > 0) return true
  const { live } = readApp(home, project)
  return (await services.list(project)).some(({ slot }) => slot !== live?.slot)
}

/** Starts the deploy in a new unit, which outlives the push. @returns its pid. */
const perform = async (project: string, run: number): Promise<number> => {
  const started = await runAs(project, {
    argv: [serverPaths.gatling, 'perform', project, String(run)],
    verb: 'deploy',
    attached: 'no',
    number: run,
  })
  if (started !== 0) throw commandFailed('systemd-run', endedWith(started), [])
  const { stdout } = await runCommand(show([`${unitName(project, 'deploy', run)}.service`], ['MainPID']))
  return Number(/MainPID=(\d+)/.exec(stdout)?.[1] ?? 0)
}
