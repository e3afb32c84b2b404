import type { Env } from './env.js'
import type { Live } from './live.js'
import type { Plan } from './plan.js'

/**
 * The runs of the same deploy on the other machines of a fleet: for the lead all of its followers, for a follower the
 * lead. Every method throws if another machine failed or does not answer.
 */
export interface Peers {
  /** Sends the release to the others, and starts their runs. A second call does nothing. */
  send(env: Env): Promise<void>
  /** Makes one plan of all: a swap on one machine is a swap on every machine. */
  agree(env: Env, plan: Plan): Promise<Plan>
  /** Waits until all can switch. It returns at nearly the same time on all machines. A second call returns at once. */
  together(env: Env): Promise<void>
  /** Throws if another machine has failed. A version that is watched is not watched on then. */
  check(): void
  /** Decides with all others that this version becomes live. It throws if the deploy must be undone. */
  decide(live: Live, mode: Env['mode']): Promise<void>
  /** Makes the others go back, and waits until they have. */
  undo(): Promise<void>
  /** Waits until the others have finished the deploy. It throws nothing. */
  settle(): Promise<void>
}

/** A deploy on one machine. */
export const alone: Peers = {
  send: async () => {},
  agree: async (_, plan) => plan,
  together: async () => {},
  check: () => {},
  decide: async () => {},
  undo: async () => {},
  settle: async () => {},
}

/** Joins the plans of all machines. The reasons of another machine for a swap get its name. */
export const joinPlans = (
  own: Plan,
  others: readonly { readonly node: string; readonly plan: Plan }[],
): Plan => {
  const swapping = others.filter(({ plan }) => plan.mode === 'swap')
  if (own.mode === 'swap' || swapping.length === 0) return own
  const reasons = swapping.flatMap(({ node, plan }) =>
    plan.reasons.map(({ code, text }) => ({ code, text: `${node}: ${text}` })),
  )
  return { ...own, mode: 'swap', reasons }
}
