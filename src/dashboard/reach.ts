import type { Command } from '../core/host.js'

/** How the page runs a command of Gatling's: on this machine, or over the person's own ssh. */
export interface Reach {
  /** What it reaches: `gatling@example.com`, or this machine. */
  readonly name: string
  /** Whether ssh is in between. */
  readonly isRemote: boolean
  /** The app that this folder belongs to; null: none. */
  readonly project: string | null
  readonly command: (words: readonly string[]) => Command
}
