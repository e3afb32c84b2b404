import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { noteDeploy } from '../access/audit.js'
import { beginBackups } from '../databases/sqlite/schedule.js'
import { notTold } from '../fleet/errors.js'
import { sweepHalfWritten } from '../hosts/files.js'
import { converge } from '../runtimes/converge.js'
import { rootProxy, rootServices } from '../runtimes/root.js'
import { readApp } from '../state/apps.js'
import { followRollback } from '../state/config.js'
import { type Run, unrecordedRuns } from '../state/runs.js'
import { readRegistered, serverPaths } from '../state/server.js'
import { undecidedRuns } from '../state/votes.js'
import { runAs } from './run-as.js'
import { isSeated, openOnceListening, setOpen } from './seat.js'

/** How long an instance that must not run has to stop, in ms. */
const graceMs = 20_000

/** How long a deploy may take to record its end after it has released the lease, in ms. */
const lastWordMs = 10_000

/**
 * Notes the end of a deploy.
 * @param converged resolves when the app was converged: only then the end of a killed deploy is known.
 */
export const noteEnd = async (project: string, run: number, converged = Promise.resolve()): Promise<void> => {
  let deadline = Number.POSITIVE_INFINITY
  void converged.then(() => {
    deadline = performance.now() + lastWordMs
  })
  while (!noteDeploy(serverPaths.home, project, run, performance.now() > deadline))
    await new Promise(resolve => setTimeout(resolve, 100))
}

/**
 * Converges an app of this server, at boot and after every end of a deploy.
 * @returns the interrupted deploys, which are being recorded.
 */
const convergeOnServer = async (project: string, stopOthers: boolean): Promise<readonly Run[]> => {
  if (!readRegistered(project)) return []
  for (const folder of rootWrites(project)) sweepHalfWritten(folder)
  if (existsSync(serverPaths.fleet)) await followFleet(project)
  const { live } = readApp(serverPaths.home, project)
  followRollback(serverPaths.home, project, live)
  const services = rootServices()
  const seated = isSeated(project)
  // The other machines take the requests before the instance stops.
  if (!seated) await setOpen(project, false)
  await converge(project, {
    services,
    proxy: rootProxy(),
    live,
    placeFor: live => services.processes(project, live.slot),
    graceMs: stopOthers ? graceMs : null,
    seated,
  })
  const left = unrecordedRuns(serverPaths.home, project)
  if (left.length > 0) await recoverAs(project, 'no')
  if (live && seated) await openOnceListening(project, live)
  return left
}

/** Does what the fleet has decided about interrupted deploys. A broken record of one must not keep the app down. */
const followFleet = async (project: string): Promise<void> => {
  try {
    if (undecidedRuns(serverPaths.home, project).length === 0) return
  } catch {
    return
  }
  await (await import('./decisions.js')).followDecisions(project)
}

/** Converges an app, and begins backups: an app that is live for the first time can have a SQLite file. */
export const convergeAndBackUp = async (project: string): Promise<void> => {
  await convergeOnServer(project, true)
  try {
    if (readRegistered(project)?.scale) await tellOthers(project)
  } finally {
    if (readApp(serverPaths.home, project).live !== null) await beginBackups(project)
  }
}

/** Tells the other machines of the fleet about the site of an app with seats, which a deploy can have changed. */
const tellOthers = async (project: string): Promise<void> => {
  const reasons = await (await import('./tell-fleet.js')).tellFleet(project)
  if (reasons.length > 0) throw notTold(project, reasons)
}

/** Converges an app, and notes the ends of interrupted deploys, as at boot, when nobody else does that. */
export const convergeAndNote = async (project: string, stopOthers: boolean): Promise<void> => {
  for (const { number } of await convergeOnServer(project, stopOthers)) await noteEnd(project, number)
}

/** Returns the folders in which root writes for an app. */
const rootWrites = (project: string): readonly string[] => {
  const { etc, registry, config, configs, environment, units, sites, marker } = serverPaths
  const files = [config(project), environment(project, 'a'), marker(project)]
  return [etc, registry, ...files.map(dirname), configs(project), units, sites]
}

/** Makes the app's own user repair what an interrupted deploy left. All of that belongs to the user. */
export const recoverAs = async (project: string, attached: 'no' | 'pipe'): Promise<void> => {
  const left = unrecordedRuns(serverPaths.home, project)
  await runAs(project, {
    argv: [serverPaths.gatling, 'recover', project],
    verb: 'recover',
    attached,
    quiet: true,
  })
  if (attached === 'pipe') for (const { number } of left) noteDeploy(serverPaths.home, project, number)
}
