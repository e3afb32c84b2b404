import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { flush } from '../commands/files.js'
import { refuseSuffixes } from '../config/domains.js'
import { parseSettings, type Settings } from '../config/settings.js'
import { type AskedTask, type Env, type Live, type Mode, makesLive, type Task } from '../core/env.js'
import { known } from '../core/errors.js'
import type { EventBody } from '../core/event.js'
import { type Hooks, hookNames, noHooks, stepHooks } from '../core/hook.js'
import type { Host } from '../core/host.js'
import { runPipeline, settle } from '../core/pipeline.js'
import type { Runtime } from '../core/runtime.js'
import { freeSlot } from '../core/slot.js'
import { findHookFile, hookFileFor } from '../hooks/files.js'
import { loadHooks } from '../hooks/load.js'
import { runCommand } from '../hosts/capture.js'
import { syncFolder } from '../hosts/files.js'
import { localHost } from '../hosts/local.js'
import { keeperOf, runtimeOf, valuesNow } from '../runtimes/runtime.js'
import { refuseAbsent, toolsOf } from '../stacks/phoenix/elixirs/tools.js'
import { inspectProject, type Project, unknownProject } from '../stacks/phoenix/facts/inspect-project.js'
import { refuseMissing } from '../stacks/phoenix/facts/missing-values.js'
import { phoenix, stepsAfterFirst, stepsOf } from '../stacks/phoenix/lists.js'
import { commitLive, readApp, readManifest } from '../state/apps.js'
import { digestOf, forgetBad } from '../state/bad.js'
import { plainValues, type Values } from '../state/config.js'
import { appPaths } from '../state/paths.js'
import type { Run, RunRequest } from '../state/runs.js'
import { isServerHome } from '../state/server.js'
import { isServing } from '../state/serving.js'
import { markIfBad, refuseBad } from './bad.js'
import { moveBranch, refuseIfMoved } from './branch.js'
import { checkOut } from './check-out.js'
import { cleanUpAfter } from './clean-up.js'
import { collectGarbage } from './collect-garbage.js'
import { createEnv, readSettings } from './env.js'
import { alreadyDeployed, notDeployed } from './errors.js'
import { holdApp } from './hold.js'
import { tellOfHttps } from './https.js'
import { sweepLeftovers } from './leftovers.js'
import { nameless } from './names.js'
import { decideTarget, refuseGone } from './target.js'
import { makeRoom, tidyFailed, tidyReleases, tidyRuntimeFiles } from './tidy.js'

export interface Assignment {
  readonly home: string
  readonly project: string
  readonly number: number
  readonly request: RunRequest
  /** Earlier runs that were interrupted: what they left is cleaned up first. */
  readonly interrupted: readonly Run[]
  /** Takes the config values to deploy with. @returns the environment of what is run for it. */
  readonly equip: (values: Values) => NodeJS.ProcessEnv
  readonly emit: (event: EventBody) => void
  readonly signal: AbortSignal
  readonly mask: (text: string) => string
}

/** With the environment of the app's own programs, and the digest of its config values. */
interface Placed extends Assignment {
  readonly environment: NodeJS.ProcessEnv
  readonly config: string
}

/**
 * One deploy, once it is its turn: checkout, facts, hooks, the pipeline, and then, if every step and hook succeeded,
 * the commit.
 * @returns how the new release took over; null where none did.
 * @throws GatlingError with everything this run made undone.
 */
export const carryOut = async (asked: Assignment): Promise<Mode | null> => {
  const { home, project, number, request } = asked
  const task = decideTask(request.task, readApp(home, project).live, project)
  if (!request.open) announce(asked, task)
  // An app that nobody runs can be unloaded all the same.
  const offline = task === 'unload' && !isServing(home)
  const letGo = offline ? () => {} : await holdApp(home, project, number, asked.emit, asked.signal)
  try {
    return await whileHeld(asked, task, offline)
  } finally {
    letGo()
  }
}

const announce = ({ project, number, emit, request }: Assignment, task: Task): void => {
  const { revision, subject, pusher, release } = request
  const other = release === null ? {} : { release }
  emit({ type: 'start', run: number, project, task, ...other, revision, subject, pusher })
}

/** By now whoever runs the app has put right what serves, and a rollback before this one its values. */
const whileHeld = async (asked: Assignment, task: Task, offline: boolean): Promise<Mode | null> => {
  const { home, project, number, emit, signal } = asked
  const keep = isMaking(task) ? (asked.request.release ?? number) : null
  const values = await valuesNow(home, project, keep)
  const environment = asked.equip(values)
  await cleanUpAfter(home, project, asked.interrupted, emit)
  sweepLeftovers(home, project)
  const request = await decideTarget(home, project, number, asked.request)
  const assignment: Placed = { ...asked, request, environment, config: digestOf(values.config) }
  if (asked.request.open) announce(assignment, task)
  const host = localHost(assignment)
  await refuseHopeless(assignment, task, host)
  if (task !== 'unload') {
    // What a rollback or a retry goes to is there already.
    if (request.release === null) await makeRoom(home, project)
    await checkOut(home, project, request.revision, host, emit)
  }
  const { build } = appPaths(home, project)
  const settings = task === 'unload' ? parseSettings('', []) : readSettings(build, phoenix)
  const tools = toolsOf(home, environment, build, settings.build)
  // What is built already needs nothing to build with.
  if (task !== 'unload' && request.release === null) await refuseAbsent(home, tools, build, signal)
  const equipped = { ...assignment, environment: tools.environment }
  const [mix, hooks] = await both(factsOf(equipped, task), hooksOf(equipped, task, settings))
  const steps = stepsOf('upgrade', settings.migrate).map(({ name }) => ({
    step: name,
    hooks: hooksOn(name, hooks),
  }))
  const runtime = runtimeOf({
    home,
    project,
    steps,
    environment: equipped.environment,
    emit,
    signal,
    offline,
  })
  try {
    const port = offline
      ? 0
      : await keeperOf(home, project).services.port(project, freeSlot(readApp(home, project).live))
    const env = envOf(assignment, task, { mix, settings, port })
    if (task !== 'unload') await refuseSuffixes(env.domains.split(' '))
    if (isMaking(task) && request.from === null) await refuseMissing(env, runtime, plainValues(values.config))
    return await deploy(assignment, task, settings, { env, hooks: apart(hooks, runtime.host), runtime })
  } finally {
    await hooks.close()
    await runtime.host.rest()
  }
}

/** Whether a task makes a release. */
const isMaking = (task: Task): boolean => task === 'deploy' || task === 'upgrade'

/** @throws GatlingError REVISION_BAD, RELEASE_GONE or BRANCH_MOVED, before anything is touched. */
const refuseHopeless = async (assignment: Placed, task: Task, host: Host): Promise<void> => {
  const { home, project, request, config } = assignment
  const { live } = readApp(home, project)
  if (isMaking(task) && !request.force) refuseBad(assignment, config)
  // What was there when a rollback was asked for may have gone while it waited, or been a deploy's that was interrupted.
  if (task === 'rollback' && live) refuseGone(home, project, String(request.release), live)
  if (task !== 'unload') await refuseIfMoved(assignment, host)
}

const envOf = (
  { home, project, number, request }: Assignment,
  task: Task,
  known: { readonly mix: Project; readonly settings: Settings; readonly port: number },
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

/** The pipeline, the commit, and what is done once there is no way back. */
const deploy = async (
  assignment: Placed,
  task: Task,
  settings: Settings,
  around: { readonly env: Env; readonly hooks: Hooks; readonly runtime: Runtime },
): Promise<Mode | null> => {
  const { home, project, number, request, emit, signal, mask, config } = assignment
  const run = { ...around, emit, signal, mask, from: request.from }
  if (request.from !== null) bringBack(assignment, request.from)
  const pipeline = stepsOf(task, settings.migrate)
  const configBack = task === 'rollback' && !request.code_only ? number : 0
  const done = await runPipeline(pipeline, run, learned => {
    if (makesLive(task)) commitLive(home, project, liveOf(learned, configBack))
  }).catch(async (error: unknown) => {
    if (isMaking(task)) markIfBad(assignment, around.env.release, config, error)
    await tidyUp([() => tidyFailed(home, project)], emit)
    // The next build goes on with what this one made, also after a power cut.
    await runCommand(flush(appPaths(home, project).build))
    throw error
  })
  const host = localHost(assignment)
  if (makesLive(task)) {
    emit({ type: 'live', release: done.release, mode: done.mode, url: done.url })
    await moveBranch(assignment, host, emit)
    const warning = isServerHome(home) ? nameless(project, done.url) : null
    if (warning) emit(warning)
    await tellOfHttps(home, done, around.runtime, emit)
  }
  await settle(pipeline, { ...run, env: done })
  if (makesLive(task)) await tidyUp(afterGood(assignment, settings, host), emit)
  return makesLive(task) ? done.mode : null
}

/** Around each hook: it may change what the next command reads, and must find nobody else at work. */
const apart = (hooks: Hooks, host: Host): Hooks => ({
  ...hooks,
  call: async (name, env) => {
    if (hooks.names.includes(name)) await host.rest()
    await hooks.call(name, env)
  },
})

/** What mix.exs says. A rollback must not need what its release was built with: that may be gone from the machine. */
const factsOf = async (
  { home, project, request, environment, emit, signal }: Placed,
  task: Task,
): Promise<Project> => {
  if (task === 'unload') return unknownProject(project)
  const { build, cache } = appPaths(home, project)
  try {
    return await inspectProject(build, cache, localHost({ environment, emit, signal }), environment)
  } catch (error) {
    if (task !== 'rollback' || request.release === null || signal.aborted) throw error
    emit({ type: 'note', text: `mix.exs was not read: ${known(error).message.split('\n')[0]}` })
    const { version, release_name, own_apps } = readManifest(home, project, request.release)
    return { ...unknownProject(project), version, release: [release_name], own: own_apps }
  }
}

/** A retry goes on with the release that was put aside when its deploy failed. */
const bringBack = ({ home, project, request, emit }: Assignment, from: string): void => {
  emit({ type: 'note', text: `begins with ${from}, and uses what the steps before it made` })
  if (request.release === null) return
  const { releases, failed } = appPaths(home, project)
  renameSync(join(failed, String(request.release)), join(releases, String(request.release)))
  for (const folder of [failed, releases]) syncFolder(folder)
}

const hooksOn = (step: string, { names }: Hooks): string[] =>
  stepHooks(step).filter(hook => names.includes(hook))

/** @throws GatlingError NOT_DEPLOYED or ALREADY_DEPLOYED. */
const decideTask = (asked: AskedTask, live: Live | null, project: string): Task => {
  if (asked === 'push') return live ? 'upgrade' : 'deploy'
  if ((asked === 'upgrade' || asked === 'rollback' || asked === 'plan') && !live) throw notDeployed(project)
  if (asked === 'deploy' && live) throw alreadyDeployed(project)
  return asked
}

const hooksOf = async (assignment: Placed, task: Task, settings: Settings): Promise<Hooks> => {
  try {
    return await loadHooksOf(assignment, task, settings)
  } catch (error) {
    // An app that is in a bad way must still be removable.
    if (task !== 'unload') throw error
    assignment.emit({ type: 'warning', text: `unloads without hooks: ${String(error)}` })
    return noHooks
  }
}

const loadHooksOf = async (assignment: Placed, task: Task, settings: Settings): Promise<Hooks> => {
  const { build, cache } = appPaths(assignment.home, assignment.project)
  const { own, elsewhere } = hookNamesOf(task)
  return loadHooks({
    ...assignment,
    file: findHookFile(build, task),
    allowed: own,
    elsewhere,
    cacheDir: cache,
    timeoutOf: hook => settings.hooks.timeouts[hook] ?? settings.hooks.timeout,
  })
}

/** The hooks a task's file may define, and those that belong in the other file. */
export const hookNamesOf = (task: Task): { own: string[]; elsewhere: string[] } => {
  const deploy = hookNames([...phoenix.deploy, ...phoenix.unload])
  const upgrade = hookNames(stepsAfterFirst)
  return hookFileFor(task) === 'upgrade'
    ? { own: upgrade, elsewhere: deploy }
    : { own: deploy, elsewhere: upgrade }
}

const liveOf = (env: Env, configBack: number): Live => ({
  release: env.release,
  revision: env.revision,
  version: env.version,
  slot: env.slot,
  port: env.available_port,
  domains: env.domains.split(' '),
  nginx_conf: env.nginx_conf,
  config: env.config_release,
  config_back: configBack,
  drain_timeout: Math.round(env.timing.drain_timeout),
  limits: env.limits,
  build_limits: env.build_limits,
  max_body: env.max_body,
  since: new Date().toISOString(),
})

/** Both, or the first failure, with the hooks' process of the other not left behind. */
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

type Work = () => void | Promise<void>

/** What a deploy that went well leaves for nobody. */
const afterGood = (
  { home, project, request }: Assignment,
  { releases: { keep, disk } }: Settings,
  host: Host,
): readonly Work[] => [
  () => forgetBad(home, project, request.revision),
  () => tidyFailed(home, project),
  () => tidyReleases(home, project, { keep, budget: disk, left: true }),
  () => tidyRuntimeFiles(home, project),
  () => collectGarbage(home, project, host),
]

/** How the deploy ends is decided by now; what cannot be removed is told of, and keeps nothing else from being removed. */
const tidyUp = async (works: readonly Work[], emit: Assignment['emit']): Promise<void> => {
  for (const work of works) {
    try {
      await work()
    } catch (error) {
      const { message, hint } = known(error)
      emit({
        type: 'warning',
        text: `could not remove something that is no longer needed: ${message}. ${hint}`,
      })
    }
  }
}
