import type { Readable, Writable } from 'node:stream'
import type { Env } from '../core/env.js'
import type { Decision, FleetKeeper } from '../core/fleet.js'
import type { Peers } from '../core/peers.js'
import { leadLost, refusedByFleet, toldToUndo } from '../fleet/deploy-errors.js'
import { lineOf, type Order, parseOrder, type Report, silenceMs } from '../fleet/orders.js'
import { framesIn } from '../hosts/frames.js'
import { writeVote } from '../state/votes.js'

export interface FollowerOptions {
  readonly home: string
  readonly project: string
  readonly number: number
  readonly keeper: FleetKeeper
  readonly input: Readable
  readonly output: Writable
}

/** The follower's side of a deploy on a fleet. */
export interface Followed extends Peers {
  /** Waits for the first order. @returns the env of the lead. */
  begun(): Promise<Env>
  /** Tells the lead something, if it is still there. */
  say(report: Report): void
  close(): void
}

/** The time between two attempts to learn the decision, in ms. */
const askAgainMs = 2_000
/** The time between two looks at whether the lead is silent, in ms. */
const lookEveryMs = 500

export const follower = (options: FollowerOptions): Followed => {
  const { home, project, number, keeper, input, output } = options
  const given: { -readonly [Name in Order['order']]?: Extract<Order, { order: Name }> } = {}
  let [heardAt, isLost, isSwitched] = [performance.now(), false, false]
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const look of [...waiting]) look()
  }
  const lose = (): void => {
    isLost = true
    wake()
  }
  const listen = async (): Promise<void> => {
    const frames = framesIn(input)
    while (true) {
      const order = parseOrder(await frames.line())
      heardAt = performance.now()
      Object.assign(given, { [order.order]: order })
      wake()
    }
  }
  void listen().catch(lose)
  // A line can be cut without an end.
  const timer = setInterval(() => {
    if (performance.now() - heardAt > silenceMs) lose()
  }, lookEveryMs)
  output.on('error', () => {})

  const check = (): void => {
    if (given.undo) throw toldToUndo()
    if (isLost) throw leadLost()
  }
  /** Waits for an order. @throws GatlingError if the lead tells to undo, or is gone. */
  const until = <Name extends Order['order']>(name: Name): Promise<Extract<Order, { order: Name }>> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const order = given[name]
        try {
          if (order) resolve(order as Extract<Order, { order: Name }>)
          else check()
        } catch (error) {
          reject(error)
        }
        if (order || isLost || given.undo) waiting.delete(look)
      }
      waiting.add(look)
      look()
    })
  const say = (report: Report): void => void output.write(lineOf(report))

  /** Asks the fleet until it answers. Meanwhile this machine serves with the new code, and can still go back. */
  const ask = async (): Promise<Decision> => {
    while (true) {
      try {
        return await keeper.decide(project, number, 'refused')
      } catch {
        await new Promise(resolve => setTimeout(resolve, askAgainMs))
      }
    }
  }

  return {
    begun: async () => (await until('begin')).env,
    say,
    close: () => {
      clearInterval(timer)
      input.destroy()
    },
    send: async () => {},
    agree: async (_, plan) => {
      const { mode, reasons } = plan
      say({ report: 'planned', mode, reasons: reasons.map(({ code, text }) => ({ code, text })) })
      const { swap } = await until('agreed')
      return swap === null || plan.mode === 'swap' ? plan : { ...plan, mode: 'swap', reasons: swap }
    },
    together: async () => {
      if (isSwitched) return
      say({ report: 'ready' })
      await until('switch')
      isSwitched = true
    },
    check,
    decide: async (live, mode) => {
      check()
      writeVote(home, project, number, { live, mode })
      say({ report: 'voted' })
      const decided = await until('commit').then(
        () => 'committed' as const,
        () => (given.undo ? 'refused' : ask()),
      )
      if (decided === 'refused') throw given.undo ? toldToUndo() : refusedByFleet(number)
    },
    undo: async () => {},
    settle: async () => {},
  }
}
