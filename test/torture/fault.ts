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

/** One kind of thing that goes wrong. */
export interface Fault {
  readonly name: string
  readonly group: (typeof groups)[number]
  /** Draws from chance all that can be decided beforehand. */
  plan(random: Random): Planned
}

export interface Planned {
  /** What was drawn, in words. */
  readonly place: string
  /** Does it, and has everything checked that must be so then; the good push that follows is not its business. */
  run(round: Round): Promise<void>
}

/** One fault, from what was before it to the good push after it. */
export interface Round {
  readonly world: World
  /** The version that serves as it begins. */
  readonly before: string
  /** Something that must not be. */
  breach(what: string): void
  /** What was to be hit was not there. */
  miss(what: string): void
  /** The fault was followed by a good push of its own: this version serves, and nothing is left. */
  settled(tag: string): void
  /** What the next push is given beside the branch. */
  pushWith(...options: string[]): void
  /** How it went, for its line. */
  remark(what: string): void
  /** For the record of a broken round. */
  note(text: string): void
}
