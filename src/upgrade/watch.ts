import type { Env } from '../core/env.js'
import { diedSoon, errorsRose, type GatlingError, unhealthyUpgrade } from '../core/errors.js'
import type { Answers } from '../core/proxy.js'
import type { Runtime } from '../core/runtime.js'
import { lookBack } from './plan.js'
import { look } from './start.js'

/** How often a version is looked at while it is watched, in ms. */
export const lookEveryMs = 500
/** What was answered for so long before the switch is what it is compared with, in ms. */
const beforeMs = 60_000
/** A single error is no reason to go back, nor is one of few requests. */
const enough = { errors: 5, requests: 20 }

export interface WatchOptions {
  /** How long, in ms. */
  readonly ms: number
  /** What was answered before the switch. */
  readonly before: Answers
  /** What else is looked at, each time; it throws what it finds. */
  readonly also?: () => Promise<void>
}

/** What the version that serves has answered of late: to be asked before the switch. */
export const answersBefore = async ({ project, live }: Env, { proxy }: Runtime): Promise<Answers> => {
  const now = Date.now()
  return live ? proxy.answers(project, live.port, now - beforeMs, now) : nothing
}

export const nothing: Answers = { requests: 0, errors: 0 }

/**
 * Watches a version that has just got the requests, at the place `env` names: whether it lives, is healthy, and answers with
 * no more errors than the version before.
 * @throws GatlingError DIED_SOON, UNHEALTHY_UPGRADE or ERRORS_ROSE.
 */
export const watch = async (env: Env, runtime: Runtime, options: WatchOptions): Promise<void> => {
  const lookingBack = options.ms === 0 ? null : lookBack(env, runtime)
  try {
    await lookUntil(env, runtime, options)
  } finally {
    await lookingBack
  }
}

const lookUntil = async (env: Env, runtime: Runtime, options: WatchOptions): Promise<void> => {
  const { services, proxy } = runtime
  const since = Date.now()
  const deadline = performance.now() + options.ms
  for (let wasUnhealthy = false; ; ) {
    const left = deadline - performance.now()
    const pause = wasUnhealthy ? lookEveryMs : Math.max(0, Math.min(left, lookEveryMs))
    const exit = await services.exited(env.project, env.slot, pause)
    if (exit) throw diedSoon(env, exit.reason, exit.lastLines)
    const answer = await look(env, runtime)
    if (!answer.healthy && wasUnhealthy)
      throw unhealthyUpgrade(env, `GET ${env.timing.health_path}: ${answer.finding}`, [])
    wasUnhealthy = !answer.healthy
    const after = await proxy.answers(env.project, env.available_port, since, Date.now())
    if (haveErrorsRisen(options.before, after, env.timing.errors))
      throw errorsRose(env, options.before, after)
    await options.also?.()
    // One that did not answer is asked once more, also when the time is over.
    if (left <= 0 && !wasUnhealthy) return
  }
}

/** Long steps and hooks may lie between the watch and the commit. @throws GatlingError as {@link watch}. */
export const lookOnceMore = (env: Env, runtime: Runtime): Promise<void> =>
  watch(env, runtime, { ms: 0, before: nothing })

/** Whether the share of errors is more than so many percent above what it was; where requests are few, all must be errors. */
export const haveErrorsRisen = (before: Answers, after: Answers, percent: number): boolean =>
  after.errors >= enough.errors &&
  (after.requests >= enough.requests || after.errors === after.requests) &&
  share(after) - share(before) > percent / 100

const share = ({ requests, errors }: Answers): number => (requests === 0 ? 0 : errors / requests)

/** Whether it was the watch that failed a deploy: the version was started, took over, and was found to be bad. */
export const wasSeenBad = ({ code }: GatlingError): boolean =>
  [diedSoon, unhealthyUpgrade, errorsRose].some(maker => maker.code === code)
