import type { Random } from './random.js'
import type { World } from './world.js'

export const groups = [
  'pusher',
  'server',
  'build',
  'app',
  'nginx',
  'power',
  'disk',
  'network',
  'crowd',
  'stop',
  'time',
  'by hand',
  'database',
] as const

/** One kind of fault. */
export interface Fault {
  readonly name: string
  readonly group: (typeof groups)[number]
  /** Makes all random choices that are possible beforehand. */
  plan(random: Random): Planned
}

export interface Planned {
  /** The choices in words. */
  readonly place: string
  /** Runs the fault and checks the invariants. It does not make the good push that follows. */
  run(round: Round): Promise<void>
}

/** One fault, from the version before it to the good push after it. */
export interface Round {
  readonly world: World
  /** The version that is live at its begin. */
  readonly before: string
  /** Reports a broken invariant. */
  breach(what: string): void
  /** Reports that the target of the fault did not exist. */
  miss(what: string): void
  /** Reports that the fault made its own good push: this version is live, and nothing is left. */
  settled(tag: string): void
  /** Gives options to the next push. */
  pushWith(...options: string[]): void
  /** Adds a remark to its line. */
  remark(what: string): void
  /** Adds text to the record of a broken round. */
  note(text: string): void
}
