import type { Env } from '../core/env.js'
import type { GatlingError } from '../core/error.js'
import { known } from '../core/errors.js'
import type { EventBody } from '../core/event.js'
import type { Decision, FleetKeeper, Follower } from '../core/fleet.js'
import { joinPlans, type Peers } from '../core/peers.js'
import type { Plan } from '../core/plan.js'
import { failedOn, refusedByFleet } from '../fleet/deploy-errors.js'
import { lineOf, type Order, parseReport, type Report } from '../fleet/orders.js'
import { writeVote } from '../state/votes.js'

export interface LeaderOptions {
  readonly home: string
  readonly project: string
  readonly number: number
  readonly keeper: FleetKeeper
  readonly followers: readonly Follower[]
  readonly emit: (event: EventBody) => void
  readonly signal: AbortSignal
}

/** What the lead knows of one follower. */
interface Heard {
  readonly node: string
  plan: Pick<Plan, 'mode' | 'reasons'> | null
  isReady: boolean
  hasVoted: boolean
  isDone: boolean
  failure: GatlingError | null
}

/** The time between two attempts to learn the decision, in ms. */
const askAgainMs = 1_000

/** Returns the lead's side of a deploy on a fleet. */
export const leader = (options: LeaderOptions): Peers => {
  const { home, project, number, keeper, followers, emit, signal } = options
  const heard: Heard[] = []
  const [once, waiting] = [new Map<string, Promise<void>>(), new Set<() => void>()]
  /** From here on the failure of a follower stops nothing. */
  let isOver = false
  const wake = (): void => {
    for (const look of [...waiting]) look()
  }
  const firstTime = (what: string, work: () => Promise<void>): Promise<void> => {
    const there = once.get(what) ?? work()
    once.set(what, there)
    return there
  }

  const check = (): void => {
    const failed = heard.find(({ failure }) => failure !== null)
    if (failed?.failure && !isOver) throw failed.failure
  }
  /** Waits until something is known of every follower. */
  const until = (what: (one: Heard) => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          if (!isOver) signal.throwIfAborted()
          check()
          if (!heard.every(what)) return
          resolve()
        } catch (error) {
          reject(error)
        }
        waiting.delete(look)
        signal.removeEventListener('abort', look)
      }
      waiting.add(look)
      signal.addEventListener('abort', look)
      look()
    })

  const learn = (one: Heard, report: Report): void => {
    if (report.report === 'said') emit({ ...report.event, node: one.node })
    if (report.report === 'planned') one.plan = report
    if (report.report === 'ready') one.isReady = true
    if (report.report === 'voted') one.hasVoted = true
    if (report.report === 'failed') one.failure ??= failedOn(one.node, report)
    if (report.report === 'done') one.isDone = true
    wake()
  }
  /** Listens to a follower until it is done. */
  const listen = async (one: Heard): Promise<void> => {
    try {
      while (!one.isDone)
        for (const line of await keeper.hear(project, one.node)) learn(one, parseReport(line))
    } catch (error) {
      one.failure ??= known(error)
      one.isDone = true
      wake()
    }
  }
  const tell = async (order: Order): Promise<void> => {
    const line = lineOf(order).trimEnd()
    await Promise.all(
      heard.filter(({ isDone }) => !isDone).map(({ node }) => keeper.tell(project, node, line)),
    )
  }

  const begin = async (node: string, env: Env): Promise<void> => {
    await keeper.follow(project, node, number)
    const one: Heard = { node, plan: null, isReady: false, hasVoted: false, isDone: false, failure: null }
    heard.push(one)
    void listen(one)
    await keeper.tell(project, node, lineOf({ order: 'begin', env }).trimEnd())
  }

  const send = (env: Env): Promise<void> =>
    firstTime('send', async () => {
      // A transfer that goes on after the undo would begin a run that nobody ends.
      const sent = await Promise.allSettled(
        followers.map(async ({ node, follows }) => {
          const began = performance.now()
          await keeper.send(project, node, env.release, env.config_release)
          emit({ type: 'note', text: `has release ${env.release} after ${since(began)}`, node })
          if (follows) await begin(node, env)
        }),
      )
      for (const one of sent) if (one.status === 'rejected') throw one.reason
    })

  /** Asks until the fleet answers: the decision can have been made, even if this process did not hear that. */
  const decision = async (): Promise<Decision> => {
    for (let wanted: Decision = 'committed'; ; wanted = 'refused') {
      try {
        return await keeper.decide(project, number, wanted)
      } catch (error) {
        emit({ type: 'warning', text: `${known(error).message}. It asks again` })
        await new Promise(resolve => setTimeout(resolve, askAgainMs))
      }
    }
  }

  return {
    send,
    agree: async (env, plan) => {
      await send(env)
      await until(one => one.plan !== null)
      const others = heard.flatMap(({ node, plan: its }) =>
        its ? [{ node, plan: { ...plan, ...its } }] : [],
      )
      const joined = joinPlans(plan, others)
      const swap = joined.mode === 'swap' ? joined.reasons.map(({ code, text }) => ({ code, text })) : null
      await tell({ order: 'agreed', swap })
      return joined
    },
    together: env =>
      firstTime('switch', async () => {
        await send(env)
        await until(({ isReady }) => isReady)
        await tell({ order: 'switch' })
      }),
    check,
    decide: async (live, mode) => {
      await until(({ hasVoted }) => hasVoted)
      writeVote(home, project, number, { live, mode })
      if ((await decision()) === 'refused') throw refusedByFleet(number)
      await tell({ order: 'commit' }).catch(() => {})
    },
    undo: async () => {
      isOver = true
      await firstTime('undo', () => tell({ order: 'undo' }).catch(() => {}))
      await until(({ isDone }) => isDone)
    },
    settle: async () => {
      isOver = true
      await until(({ isDone }) => isDone)
      const late = heard.filter(({ failure }) => failure !== null).map(({ node }) => node)
      for (const { node, follows } of followers) {
        if (follows) continue
        await keeper.adopt(project, node).catch(() => late.push(node))
      }
      for (const node of late) emit({ type: 'warning', text: behind, node })
    },
  }
}

const behind = 'it did not confirm the new version. It asks for it before it runs the app again'

const since = (began: number): string => `${((performance.now() - began) / 1_000).toFixed(1)} s`
