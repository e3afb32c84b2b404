import { type AskedTask, makesLive } from './env.js'
import type { Live } from './live.js'

/** What serves: that the link `current` points to decides between the version before a deploy and the one after. */
export const servingOf = <One extends Pick<Live, 'release'>>(
  { live, next }: { readonly live: One | null; readonly next: One | null },
  current: number | null,
): One | null => (next !== null && next.release === current ? next : live)

/** A run whose process died before it had ended. */
export interface Interrupted {
  readonly number: number
  readonly task: AskedTask
  /** The release it went to, where it did not make one of its own. */
  readonly release: number | null
}

export interface Recovery {
  /** ok: its release had become the one that serves; recovery does the rest. */
  readonly outcome: 'ok' | 'interrupted'
  /** The release to remove: it was made for this run alone. null: none. */
  readonly remove: number | null
}

/**
 * Says how an interrupted run ends. Only the commit decides. Before it the old version serves, and all that the run made is
 * removed. After it the new version serves, and the rest is finished.
 */
export const recoveryOf = ({ number, task, release }: Interrupted, live: number | null): Recovery => {
  const target = release ?? number
  return {
    outcome: makesLive(task) && target === live ? 'ok' : 'interrupted',
    remove: task === 'rollback' || target === live ? null : target,
  }
}
