import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { noteDeploy } from '../access/audit.js'
import type { EventBody } from '../core/event.js'
import { type Interrupted, recoveryOf } from '../core/recovery.js'
import { moveBranch } from '../deploy/branch.js'
import { interrupted as interruptedIn } from '../deploy/errors.js'
import { localHost } from '../hosts/local.js'
import { killAll, processesWith } from '../hosts/procfs.js'
import { traceOf } from '../runs/trace.js'
import { stillRuns } from '../runs/turn.js'
import { readApp, restoreCurrent } from '../state/apps.js'
import { isOfThisBoot } from '../state/owner.js'
import { appPaths } from '../state/paths.js'
import { eventsPath, finishRun, type Run, runMark, runsSinceOrderly, unrecordedRuns } from '../state/runs.js'
import { isServerHome } from '../state/server.js'
import { undecidedRuns } from '../state/votes.js'

type Emit = (event: EventBody) => void

/**
 * Ends what an interrupted deploy of the app still runs, and records how it ended. The boot, the keeper and `gatling
 * status` call it. If a deploy is running, it does nothing, because that deploy does the same. The interrupted deploy's
 * release stays for the next deploy to remove: in a hot upgrade the node can need a moment to go back from it.
 * @returns the runs that were recorded now.
 */
export const recover = async (home: string, project: string): Promise<Run[]> => {
  const runs = runsSinceOrderly(home, project)
  if (runs.some(run => stillRuns(home, project, run))) return []
  // How the fleet has decided about a run must be known first.
  const open = undecidedRuns(home, project).map(({ number }) => number)
  const unrecorded = unrecordedRuns(home, project).filter(({ number }) => !open.includes(number))
  await record(home, project, unrecorded, () => {})
  return unrecorded
}

/**
 * Cleans up for the next deploy, whose turn it is: the interrupted runs before it, and the checkout they were building in.
 */
export const cleanUpAfter = async (
  home: string,
  project: string,
  interrupted: readonly Run[],
  emit: Emit,
): Promise<void> => {
  await record(
    home,
    project,
    interrupted.filter(({ result }) => result === null),
    emit,
  )
  const { live } = readApp(home, project)
  for (const run of interrupted) {
    const { remove } = recoveryOf(factsOf(run), live?.release ?? null)
    const path = join(appPaths(home, project).releases, String(remove))
    if (remove !== null) rmSync(path, { recursive: true, force: true })
  }
  repairCheckout(home, project, interrupted, emit)
}

const factsOf = ({ number, request: { task, release } }: Run): Interrupted => ({ number, task, release })

/**
 * Records the end of interrupted runs, as {@link recoveryOf} says. It does not touch the live version: the keeper
 * converges the app when the lease closes. A second call, even at the same time, changes nothing more.
 */
const record = async (
  home: string,
  project: string,
  interrupted: readonly Run[],
  emit: Emit,
): Promise<void> => {
  if (interrupted.length === 0) return
  const { live } = readApp(home, project)
  if (live) restoreCurrent(home, project, live)
  for (const run of interrupted) {
    const { number, request } = run
    killAll(() => processesWith('GATLING_RUN', runMark(home, project, number)))
    const { outcome } = recoveryOf(factsOf(run), live?.release ?? null)
    if (outcome === 'ok') await moveBranch({ home, project, request }, quietHost(), emit)
    const { step, migrates } = traceOf(eventsPath(home, project, number))
    const { code, message, hint } = interruptedIn(request.task, step, project, migrates)
    finishRun(home, project, number, {
      outcome,
      mode: null,
      step: outcome === 'ok' ? null : step,
      error: outcome === 'ok' ? null : { code, text: message, hint },
      steps: [],
      ms: 0,
      at: new Date().toISOString(),
    })
    // On a server root notes this.
    if (!isServerHome(home)) noteDeploy(home, project, number)
    const where = step === null ? '' : ` in ${step}`
    emit({ type: 'note', text: `deploy ${number} was interrupted${where}; Gatling cleaned up after it` })
  }
}

const quietHost = () =>
  localHost({ environment: process.env, emit: () => {}, signal: new AbortController().signal })

const repairCheckout = (home: string, project: string, interrupted: readonly Run[], emit: Emit): void => {
  const { repository, build } = appPaths(home, project)
  // A file that a build wrote just before the machine went down can be empty.
  if (interrupted.some(run => !isOfThisBoot(run.request.asker))) {
    rmSync(build, { recursive: true, force: true })
    emit({
      type: 'note',
      text: 'the machine went down in the middle of a deploy, so this build starts from scratch',
    })
  }
  // A git that is killed during a checkout leaves its lock. It is this run's turn, so no other process has the lock.
  rmSync(join(repository, 'worktrees', 'build', 'index.lock'), { force: true })
}
