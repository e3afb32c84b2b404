import type { Command } from '../core/host.js'

/** How the page runs Gatling's commands: on this machine, or through the person's own ssh. */
export interface Reach {
  /** The name of the server: `gatling@example.com`, or this machine. */
  readonly name: string
  /** Whether commands run through ssh. */
  readonly isRemote: boolean
  /** The app that this folder belongs to; null: none. */
  readonly project: string | null
  readonly command: (words: readonly string[]) => Command
}
