import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { flush } from '../commands/files.js'
import { refuseSuffixes } from '../config/domains.js'
import { type AskedTask, type Env, type Mode, makesLive, type Task } from '../core/env.js'
import { known } from '../core/errors.js'
import type { Hooks } from '../core/hook.js'
import type { Host } from '../core/host.js'
import type { Live } from '../core/live.js'
import { alone, type Peers } from '../core/peers.js'
import { runPipeline, settle } from '../core/pipeline.js'
import type { Runtime } from '../core/runtime.js'
import { freeSlot } from '../core/slot.js'
import type { Facts } from '../core/stack.js'
import { runCommand } from '../hosts/capture.js'
import { syncFolder } from '../hosts/files.js'
import { localHost } from '../hosts/local.js'
import { cleanUpAfter } from '../housekeeping/clean-up.js'
import { sweepLeftovers } from '../housekeeping/leftovers.js'
import { makeRoom, tidyFailed } from '../housekeeping/tidy.js'
import { holdApp } from '../runs/hold.js'
import { decideTarget, refuseGone } from '../runs/target.js'
import { keeperOf } from '../runtimes/keeper.js'
import { runtimeOf, valuesNow } from '../runtimes/runtime.js'
import { prepareLive, readApp, readManifest } from '../state/apps.js'
import { appPaths } from '../state/paths.js'
import { nodesOf } from '../state/registered.js'
import { isServerHome } from '../state/server.js'
import { isServing } from '../state/serving.js'
import { afterGood, tidyUp } from './after-good.js'
import { type Assignment, type Equipped, isMaking, type Placed, placedWith } from './assignment.js'
import { markIfBad, refuseBad } from './bad.js'
import { moveBranch, refuseIfMoved } from './branch.js'
import { checkOut } from './check-out.js'
import { createEnv, type EnvFacts } from './env.js'
import { equip } from './equip.js'
import { alreadyDeployed, notDeployed } from './errors.js'
import { followScale } from './follow-scale.js'
import { apart, hooksOf, hooksOn } from './hooks-of.js'
import { warnAboutHttps } from './https.js'
import { leader } from './leader.js'
import { liveOf } from './live-of.js'
import { nameless } from './names.js'

/**
 * Carries out one deploy when its turn has come: checkout, facts, hooks, the pipeline. If every step and hook succeeds,
 * it commits.
 * @returns how the new release took over; null: none did.
 * @throws GatlingError after it has undone all that this run made.
 */
export const carryOut = async (asked: Assignment): Promise<Mode | null> => {
  const { home, project, number, request } = asked
  const task = decideTask(request.task, readApp(home, project).live, project)
  if (!request.open) announce(asked, task)
  // An app can be unloaded even if no keeper runs.
  const offline = task === 'unload' && !isServing(home)
  const releaseApp = offline ? () => {} : await holdApp(home, project, number, asked.emit, asked.signal)
  try {
    return await whileHeld(asked, task, offline)
  } finally {
    releaseApp()
  }
}

const announce = ({ project, number, emit, request }: Assignment, task: Task): void => {
  const { revision, subject, pusher, release } = request
  const other = release === null ? {} : { release }
  emit({ type: 'start', run: number, project, task, ...other, revision, subject, pusher })
}

/**
 * Carries out a deploy that holds the lease. The keeper has converged the app, and an earlier rollback has set the
 * values.
 */
const whileHeld = async (asked: Assignment, task: Task, offline: boolean): Promise<Mode | null> => {
  const { home, project, number, emit, signal } = asked
  const keep = isMaking(task) ? (asked.request.release ?? number) : null
  const peers = await peersOf(asked, task)
  const values = await valuesNow(home, project, keep)
  await cleanUpAfter(home, project, asked.interrupted, emit)
  sweepLeftovers(home, project)
  const request = await decideTarget(home, project, number, asked.request)
  const assignment = placedWith({ ...asked, request }, values)
  if (asked.request.open) announce(assignment, task)
  const host = localHost(assignment)
  await refuseHopeless(assignment, task, host)
  if (task !== 'unload') {
    // The release of a rollback or a retry exists already.
    if (request.release === null) await makeRoom(home, project)
    await checkOut(home, project, request.revision, host, emit)
  }
  const equipped = await equip(assignment, task, wanted => valuesNow(home, project, keep, wanted))
  const { stack, settings, workshop } = equipped
  const [app, hooks] = await both(factsOf(equipped, task), hooksOf(equipped, task))
  const isOnFleet = peers !== alone
  const steps = stack.stepsOf('upgrade', settings.migrate, isOnFleet).map(({ name }) => ({
    step: name,
    hooks: hooksOn(name, hooks),
  }))
  const { environment: buildsWith } = equipped
  const runtime = stack.equip(
    runtimeOf({ home, project, steps, environment: buildsWith, emit, signal, offline, peers }),
    workshop,
  )
  try {
    const port = offline
      ? 0
      : (await keeperOf(home, project).services.processes(project, freeSlot(readApp(home, project).live))).web
          .port
    const env = envOf(assignment, task, { app, settings, port, files: stack.processes.length === 0 })
    if (task !== 'unload') await refuseSuffixes(env.domains.split(' '))
    if (isMaking(task) && request.from === null) await stack.refuse(env, runtime, equipped.values)
    return await deploy(equipped, task, { env, hooks: apart(hooks, runtime.host), runtime })
  } finally {
    await hooks.close()
    await runtime.host.rest()
  }
}

/**
 * Finds the other machines that take part in a deploy.
 * @throws GatlingError FLEET_NODE_AWAY, FLEET_NO_MAJORITY or FLEET_NOT_LEAD, before anything is touched.
 */
const peersOf = async (assignment: Assignment, task: Task): Promise<Peers> => {
  const { home, project, number, request, emit, signal } = assignment
  if (!makesLive(task) || nodesOf(home, project).length === 0) return alone
  const keeper = keeperOf(home, project).fleet
  const followers = await keeper.open(project, number, request.without)
  return leader({ home, project, number, keeper, followers, emit, signal })
}

/** @throws GatlingError REVISION_BAD, RELEASE_GONE or BRANCH_MOVED, before anything is touched. */
const refuseHopeless = async (assignment: Placed, task: Task, host: Host): Promise<void> => {
  const { home, project, request, config } = assignment
  const { live } = readApp(home, project)
  if (isMaking(task) && !request.force) refuseBad(assignment, config)
  // While the run waited, the release of a rollback can have been removed. It can also belong to an interrupted deploy.
  if (task === 'rollback' && live) refuseGone(home, project, String(request.release), live)
  if (task !== 'unload') await refuseIfMoved(assignment, host)
}

const envOf = (
  { home, project, number, request }: Assignment,
  task: Task,
  known: Pick<EnvFacts, 'app' | 'settings' | 'port' | 'files'>,
): Env =>
  createEnv({
    ...known,
    home,
    project,
    task,
    release: request.release ?? number,
    mode: request.mode,
    revision: request.revision,
    subject: request.subject,
    branch: request.branch ?? '',
    pusher: request.pusher,
    live: readApp(home, project).live,
    codeOnly: request.code_only,
    schema: request.schema,
  })

/** Runs the pipeline, commits, and then does what follows a commit. */
const deploy = async (
  assignment: Equipped,
  task: Task,
  around: { readonly env: Env; readonly hooks: Hooks; readonly runtime: Runtime },
): Promise<Mode | null> => {
  const { home, project, number, request, emit, signal, mask, config, stack, settings } = assignment
  const run = { ...around, emit, signal, mask, from: request.from }
  if (request.from !== null) bringBack(assignment, request.from)
  const pipeline = stack.stepsOf(task, settings.migrate, around.runtime.peers !== alone)
  const configBack = task === 'rollback' && !request.code_only ? number : 0
  const done = await runPipeline(pipeline, run, async learned => {
    if (!makesLive(task)) return
    const live = liveOf(learned, configBack, stack)
    const commit = prepareLive(home, project, live)
    await around.runtime.peers.decide(live, learned.mode)
    commit()
  }).catch(async (error: unknown) => {
    if (isMaking(task)) markIfBad(assignment, around.env.release, config, error)
    await tidyUp([() => tidyFailed(home, project)], emit)
    // The next build uses what this build made, even after a power cut.
    await runCommand(flush(appPaths(home, project).build))
    throw error
  })
  const host = localHost(assignment)
  if (makesLive(task)) {
    emit({ type: 'live', release: done.release, mode: done.mode, url: done.url })
    await moveBranch(assignment, host, emit)
    const warning = isServerHome(home) ? nameless(project, done.url) : null
    if (warning) emit(warning)
    await warnAboutHttps(home, done, around.runtime, emit)
  }
  await settle(pipeline, { ...run, env: done })
  if (isMaking(task)) await followScale(assignment, settings)
  if (makesLive(task)) await tidyUp(afterGood(assignment, settings, host), emit)
  return makesLive(task) ? done.mode : null
}

/**
 * Reads what the app says. A rollback must not depend on the build tools of its release, which can be gone from the
 * machine.
 */
const factsOf = async (
  { home, project, request, emit, signal, stack, workshop }: Equipped,
  task: Task,
): Promise<Facts> => {
  if (task === 'unload') return stack.assumed(workshop, null)
  try {
    return await stack.facts(workshop)
  } catch (error) {
    if (task !== 'rollback' || request.release === null || signal.aborted) throw error
    emit({ type: 'note', text: `the checkout was not read: ${known(error).message.split('\n')[0]}` })
    return stack.assumed(workshop, readManifest(home, project, request.release))
  }
}

/** Brings back the release that was put aside when its deploy failed, so that a retry can use it. */
const bringBack = ({ home, project, request, emit }: Assignment, from: string): void => {
  emit({ type: 'note', text: `begins with ${from}, and uses what the steps before it made` })
  if (request.release === null) return
  const { releases, failed } = appPaths(home, project)
  renameSync(join(failed, String(request.release)), join(releases, String(request.release)))
  for (const folder of [failed, releases]) syncFolder(folder)
}

/** @throws GatlingError NOT_DEPLOYED or ALREADY_DEPLOYED. */
const decideTask = (asked: AskedTask, live: Live | null, project: string): Task => {
  if (asked === 'push') return live ? 'upgrade' : 'deploy'
  if ((asked === 'upgrade' || asked === 'rollback' || asked === 'plan') && !live) throw notDeployed(project)
  if (asked === 'deploy' && live) throw alreadyDeployed(project)
  return asked
}

/** Waits for both. If one fails, it also ends the process of the hooks. */
const both = async <One>(one: Promise<One>, hooks: Promise<Hooks>): Promise<[One, Hooks]> => {
  try {
    return await Promise.all([one, hooks])
  } catch (error) {
    await hooks.then(
      loaded => loaded.close(),
      () => {},
    )
    throw error
  }
}
