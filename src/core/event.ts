import type { Mode, Task } from './env.js'
import type { Lasting } from './host.js'
import type { Plan } from './plan.js'
import type { Traffic } from './traffic.js'

/**
 * Everything that a run reports, in order. The terminal, the log file, the history and `--json` read this one stream.
 */
export type EventBody = Said & {
  /** The other machine of the fleet that says it. Without it the machine that deploys says it. */
  readonly node?: string
}

type Said =
  | {
      readonly type: 'queued'
      readonly project: string
      /** The deploy that this run waits for. */
      readonly behind: number
      readonly revision: string
      readonly pusher: string
      /** When that deploy was requested, ISO 8601. */
      readonly since: string
      /** null: that deploy is between two steps, or waits as well. */
      readonly step: string | null
    }
  | {
      readonly type: 'start'
      readonly run: number
      readonly project: string
      readonly task: Task
      /**
       * The release that a rollback goes to, or that a retry continues. Otherwise there is none, or it has the number
       * of the run.
       */
      readonly release?: number
      readonly revision: string
      readonly subject: string
      readonly pusher: string
    }
  | { readonly type: 'step-start'; readonly step: string }
  | {
      readonly type: 'step-end'
      readonly step: string
      readonly ok: boolean
      readonly ms: number
      /** How long the step usually takes, in ms. Set only if this time is far from that. */
      readonly usual_ms?: number
    }
  | { readonly type: 'hook-start'; readonly hook: string; readonly file: string }
  | { readonly type: 'hook-end'; readonly hook: string; readonly ok: boolean; readonly ms: number }
  | { readonly type: 'command'; readonly text: string; readonly changes?: Lasting }
  | { readonly type: 'output'; readonly text: string }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'warning'; readonly text: string }
  | { readonly type: 'plan'; readonly plan: Plan; readonly steps: readonly PlannedStep[] }
  /**
   * What visitors got from the old version in the minute before the switch, and from the new version during the watch.
   */
  | { readonly type: 'traffic'; readonly before: Traffic; readonly after: Traffic }
  | { readonly type: 'live'; readonly release: number; readonly mode: Mode; readonly url: string }
  /** From here on Gatling undoes the deploy, the last step first. Nobody can cancel that. */
  | { readonly type: 'undo' }
  | {
      readonly type: 'failed'
      readonly code: string
      readonly step: string | null
      readonly text: string
      readonly hint: string
      readonly serving: string
    }
  | { readonly type: 'end'; readonly outcome: Outcome; readonly ms: number }

/** A step of an upgrade, with the hooks that the app defines on it. */
export interface PlannedStep {
  readonly step: string
  readonly hooks: readonly string[]
}

/** An event with its time, ISO 8601. */
export type Event = EventBody & { readonly at: string }

export const outcomes = ['ok', 'failed', 'cancelled', 'skipped', 'interrupted'] as const

/** How a run ended. */
export type Outcome = (typeof outcomes)[number]
