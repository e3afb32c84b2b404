import { complaintOf } from '../core/complaint.js'
import { onLoopback } from '../core/endpoint.js'
import type { Env } from '../core/env.js'
import type { GatlingError } from '../core/error.js'
import type { Answers } from '../core/proxy.js'
import type { Runtime } from '../core/runtime.js'
import { compareTraffic } from './compare-traffic.js'
import { haveErrorsRisen } from './error-share.js'
import { answersSlowed, diedSoon, errorsRose, unhealthyUpgrade } from './errors.js'
import { beforeMs, describeWatch, type Evidence, isQuiet, judge } from './evidence.js'
import { areSurelySlow } from './slowness.js'
import { look } from './start.js'

/** Time between two looks at a version during its watch, in ms. */
export const lookEveryMs = 500
/** Time between two requests to its health path without traffic, in ms. */
const probeEveryMs = 100

/** What a look inside the node shows. */
export type Inside = Pick<Evidence, 'crashes' | 'migrated'> & { readonly processes: number | null }

export interface WatchOptions {
  /** The longest time of the watch, in ms; 0: one look. */
  readonly ms: number
  /** The answers before the switch. */
  readonly before: Answers
  /** Looks inside the instance. It throws a fault that it finds. */
  readonly inside?: (() => Promise<Inside>) | undefined
  /** Work that goes on during the watch. A watch without a fault waits for its end. */
  readonly meanwhile?: Promise<void> | undefined
}

/**
 * Returns the recent answers of the live version, from before a change of the schema. It must be called before the
 * switch.
 */
export const answersBefore = async (env: Env, { proxy }: Runtime): Promise<Answers> => {
  const { project, live } = env
  if (live === null) return nothing
  const { from, until } = timeBefore(env)
  return proxy.answers(project, onLoopback(live.port), from, until)
}

const timeBefore = ({ live, schema_changed_at }: Env): { readonly from: number; readonly until: number } => {
  const until = schema_changed_at ?? Date.now()
  // After a hot upgrade the port is that of the release before, whose errors would excuse new ones.
  return { from: Math.max(until - beforeMs, Date.parse(live?.since ?? '') || 0), until }
}

export const nothing: Answers = { requests: 0, errors: 0 }

/**
 * Watches a version that has just got the requests, in the slot that `env` names: whether it lives, is healthy, and
 * answers with no more errors than the old version. It ends when enough is known, and reports what it saw.
 * @throws GatlingError DIED_SOON, UNHEALTHY_UPGRADE, ERRORS_ROSE or ANSWERS_SLOWED.
 */
export const watch = async (env: Env, runtime: Runtime, options: WatchOptions): Promise<void> => {
  const { from, until } = timeBefore(env)
  const compare = compareTraffic(env, runtime, options.before, until - from)
  const seen = await lookUntil(env, runtime, options)
  if (options.ms > 0) runtime.note(describeWatch(seen, judge(seen)))
  await compare(seen)
  // A bad version throws above, so its visitors do not wait for this work.
  await options.meanwhile
}

const lookUntil = async (env: Env, runtime: Runtime, options: WatchOptions): Promise<Evidence> => {
  const { ms, before, inside = seesNothing } = options
  const { health_path: healthPath, errors: percent, slower } = env.timing
  const since = Date.now()
  const began = performance.now()
  const health = askHealth(env, runtime)
  const growth = createGrowth()
  const limits = { mostMs: ms, before, percent, slower, healthPath }
  let seen: Evidence = { ...limits, ...nothingSeen }
  for (let lookAt = 0; ; ) {
    runtime.peers.check()
    await health.ask(pauseOf(seen, performance.now() - began))
    const answered = (from: number): Promise<Answers> =>
      runtime.proxy.answers(env.project, onLoopback(env.available_port), from, Date.now())
    const after = await answered(since)
    if (haveErrorsRisen(before, after, percent)) throw errorsRose(env, before, after)
    seen = { ...seen, ...health.count(), after, watchedMs: performance.now() - began }
    const isOver = seen.watchedMs >= ms
    if (!isOver && seen.watchedMs < lookAt) continue
    lookAt = nextLook(seen.watchedMs)
    const { processes, ...found } = await inside()
    seen = { ...seen, ...found, grown: growth(processes) }
    // A version that did not answer is asked once more, even after the time is over.
    if (!(isOver || judge(seen).isEnough) || health.isBad()) continue
    // A new version can be slow at first, so only the second half counts.
    const late = isOver && ms > 0 ? await answered(since + ms / 2) : nothing
    if (areSurelySlow(before, late, slower)) throw answersSlowed(env, before, late)
    return seen
  }
}

const nothingSeen = {
  watchedMs: 0,
  after: nothing,
  looks: 0,
  unhealthy: 0,
  grown: null,
  crashes: 0,
  migrated: 0,
} as const

/**
 * Returns the time of the next look. Looks are at whole multiples, so one of them is at the shortest time of a watch.
 */
const nextLook = (watchedMs: number): number => (Math.floor(watchedMs / lookEveryMs) + 1) * lookEveryMs

/**
 * Returns the time until the next request to the health path, in whole ms. It is rounded up, because timers round down.
 */
const pauseOf = (seen: Evidence, nowMs: number): number => {
  const next = isQuiet(seen) ? Math.min(nowMs + probeEveryMs, nextLook(nowMs)) : nextLook(nowMs)
  return Math.ceil(Math.max(0, Math.min(next, seen.mostMs) - nowMs))
}

/** Asks the health path, and counts the results. */
const askHealth = (env: Env, runtime: Runtime) => {
  const { project, slot, timing } = env
  let [looks, unhealthy, isBad] = [0, 0, false]
  return {
    /** @throws GatlingError DIED_SOON, or UNHEALTHY_UPGRADE if it is unhealthy twice in a row. */
    ask: async (pauseMs: number): Promise<void> => {
      const exit = await runtime.services.exited(project, slot, isBad ? lookEveryMs : pauseMs)
      if (exit) throw diedSoon(env, exit.reason, complaintOf(exit.lastLines, env.own_apps))
      const { healthy, finding } = await look(env, runtime)
      if (!healthy && isBad) throw unhealthyUpgrade(env, `GET ${timing.health_path}: ${finding}`, [])
      isBad = !healthy
      looks++
      if (isBad) unhealthy++
    },
    count: () => ({ looks, unhealthy }),
    isBad: () => isBad,
  }
}

/** Makes a function that counts how many more processes there are than at first; null: they could not be counted. */
const createGrowth = () => {
  let first: number | null | undefined
  return (processes: number | null): number | null => {
    if (first === undefined || processes === null) first = processes
    return first === null || processes === null ? null : processes - first
  }
}

/** Stands for a look inside an app whose processes nobody can count. */
const seesNothing = async (): Promise<Inside> => ({ processes: null, crashes: 0, migrated: 0 })

/**
 * Looks at the version once more, because long steps and hooks can lie between the watch and the commit.
 * @throws GatlingError as {@link watch}.
 */
export const lookOnceMore = (env: Env, runtime: Runtime): Promise<void> =>
  watch(env, runtime, { ms: 0, before: nothing })

/** Tells whether the watch failed a deploy: the version started, took over, and was then found bad. */
export const wasSeenBad = ({ code }: GatlingError): boolean =>
  [diedSoon, unhealthyUpgrade, errorsRose, answersSlowed].some(maker => maker.code === code)
