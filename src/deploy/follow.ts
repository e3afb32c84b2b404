import type { Readable, Writable } from 'node:stream'
import { buildEnvironment } from '../config/environment.js'
import { parseSettings } from '../config/settings.js'
import type { Env } from '../core/env.js'
import { known } from '../core/errors.js'
import type { EventBody } from '../core/event.js'
import type { Live } from '../core/live.js'
import { masker } from '../core/mask.js'
import { runPipeline, settle } from '../core/pipeline.js'
import { freeSlot } from '../core/slot.js'
import type { Report } from '../fleet/orders.js'
import { killAll, processesWith } from '../hosts/procfs.js'
import { holdApp } from '../runs/hold.js'
import { keeperOf } from '../runtimes/keeper.js'
import { runtimeOf } from '../runtimes/runtime.js'
import { stackOfLive } from '../stacks/stacks.js'
import { prepareLive, readApp } from '../state/apps.js'
import { nodeNameHere } from '../state/cluster.js'
import { secretsNow } from '../state/config.js'
import { openEventLog } from '../state/events.js'
import { ownerOf } from '../state/owner.js'
import { appPaths } from '../state/paths.js'
import { beginRun, claimRun, eventsPath, finishRun, runMark } from '../state/runs.js'
import { createFollower } from '../state/votes.js'
import { notDeployed } from './errors.js'
import { type Followed, follower } from './follower.js'
import { liveOf } from './live-of.js'

/**
 * Follows a deploy of the lead on this machine: the same release takes over here by the same steps, at the same moment.
 * What the lead decides happens here, too. Nothing is built here and no hook runs.
 */
export const followRun = async (
  home: string,
  project: string,
  number: number,
  ends: { readonly input: Readable; readonly output: Writable },
): Promise<void> => {
  const peers = follower({ home, project, number, keeper: keeperOf(home, project).fleet, ...ends })
  try {
    const env = await peers.begun()
    await asRun(home, project, number, env, emit => carryOut({ home, project, number, emit, env, peers }))
  } catch (error) {
    const { code, message, hint } = known(error)
    peers.say({ report: 'failed', code, message, hint })
  } finally {
    peers.say({ report: 'done' })
    peers.close()
  }
}

/** Does the work of a run, with its record on this machine. */
const asRun = async (
  home: string,
  project: string,
  number: number,
  env: Env,
  work: (emit: (event: EventBody) => void) => Promise<Env['mode']>,
): Promise<void> => {
  const { revision, subject, pusher, release } = env
  const task: 'rollback' | 'upgrade' = env.task === 'rollback' ? 'rollback' : 'upgrade'
  const more = {
    mode: null,
    code_only: false,
    force: false,
    schema: 'keep',
    from: null,
    open: false,
  } as const
  const request = { task, revision, subject, pusher, release, expected: null, branch: null, ...more }
  createFollower(home, project, number, { ...request, without: [] })
  claimRun(home, project, number, ownerOf(process.pid))
  beginRun(home, project, number)
  const log = openEventLog(eventsPath(home, project, number), masker(...secretsNow(home, project)))
  const began = performance.now()
  const end = (
    mode: Env['mode'] | null,
    error: { code: string; text: string; hint: string } | null,
  ): void => {
    const [ms, at] = [Math.round(performance.now() - began), new Date().toISOString()]
    const outcome = error === null ? 'ok' : 'failed'
    finishRun(home, project, number, { outcome, mode, step: null, error, steps: [], ms, at })
    log.write({ type: 'end', outcome, ms })
  }
  try {
    log.write({ type: 'start', run: number, project, task, release, revision, subject, pusher })
    end(await work(log.write), null)
  } catch (error) {
    const { code, message, hint } = known(error)
    end(null, { code, text: message, hint })
    throw error
  } finally {
    log.close()
  }
}

interface Work {
  readonly home: string
  readonly project: string
  readonly number: number
  readonly emit: (event: EventBody) => void
  /** The env of the lead. */
  readonly env: Env
  readonly peers: Followed
}

/** Runs the steps of a follower while it holds the lease of this machine's keeper. */
const carryOut = async ({ home, project, number, emit, env: asked, peers }: Work): Promise<Env['mode']> => {
  const { signal } = new AbortController()
  const say = (event: EventBody): void => {
    emit(event)
    const report = reportOf(event)
    if (report) peers.say(report)
  }
  const release = await holdApp(home, project, number, say, signal)
  const mark = runMark(home, project, number)
  try {
    const { live } = readApp(home, project)
    if (live === null) throw notDeployed(project)
    const stack = stackOfLive(home, project, live)
    const { build: buildDir, cache: cacheDir } = appPaths(home, project)
    const place = { home, project, buildDir, cacheDir, signal, settings: parseSettings('', []) }
    const given = { ...buildEnvironment(process.env, {}), GATLING_HOME: home, GATLING_RUN: mark }
    const { environment } = stack.tools({ ...place, environment: given })
    const base = runtimeOf({
      home,
      project,
      steps: [],
      environment,
      emit: say,
      signal,
      offline: false,
      peers,
    })
    const runtime = stack.equip(base, { ...place, environment })
    const env = await envHere(home, asked, live, async slot =>
      live.processes.length === 0 ? 0 : (await runtime.services.processes(project, slot)).web.port,
    )
    const run = { env, hooks: noHooks, runtime, emit: say, signal, from: null, mask: (text: string) => text }
    const configBack = env.task === 'rollback' && env.config_release === env.release ? number : 0
    const done = await runPipeline(stack.follows, run, async learned => {
      const next = liveOf(learned, configBack, stack)
      const commit = prepareLive(home, project, next)
      await peers.decide(next, learned.mode)
      commit()
    })
    await settle(stack.follows, { ...run, env: done })
    return done.mode
  } finally {
    release()
    killAll(() => processesWith('GATLING_RUN', mark))
  }
}

const noHooks = { call: async () => {}, names: [], close: async () => {} }

/** Returns the env of this machine: that of the lead, with the place of this machine. */
const envHere = async (
  home: string,
  env: Env,
  live: Live,
  portOf: (slot: Live['slot']) => Promise<number>,
): Promise<Env> => {
  const slot = freeSlot(live)
  return {
    ...env,
    live,
    slot,
    available_port: await portOf(slot),
    node_name: nodeNameHere(home, env.project, slot),
    previous_revision: live.revision,
    mode: 'auto',
  }
}

/** Returns the report of an event that people see. The lead tells the rest. */
const reportOf = (event: EventBody): Report | null => {
  const { type } = event
  if (type !== 'note' && type !== 'warning' && type !== 'output' && type !== 'command') return null
  return { report: 'said', event: { type, text: event.text } }
}
