import { type AskedTask, makesLive } from './env.js'
import type { Live } from './live.js'

/**
 * Returns the live version. The target of the link `current` decides between the version before a deploy and the one
 * after it.
 */
export const servingOf = <One extends Pick<Live, 'release'>>(
  { live, next }: { readonly live: One | null; readonly next: One | null },
  current: number | null,
): One | null => (next !== null && next.release === current ? next : live)

/** A run whose process died before the run ended. */
export interface Interrupted {
  readonly number: number
  readonly task: AskedTask
  /** The release that the run went to, if it did not make a release. */
  readonly release: number | null
}

export interface Recovery {
  /** ok: its release was already live, and recovery does the rest. */
  readonly outcome: 'ok' | 'interrupted'
  /** The release to remove, because only this run needed it. null: none. */
  readonly remove: number | null
}

/**
 * Says how an interrupted run ends. Only the commit decides. Before the commit the old version is live, and recovery
 * removes all that the run made. After the commit the new version is live, and recovery finishes the rest.
 */
export const recoveryOf = ({ number, task, release }: Interrupted, live: number | null): Recovery => {
  const target = release ?? number
  return {
    outcome: makesLive(task) && target === live ? 'ok' : 'interrupted',
    remove: task === 'rollback' || target === live ? null : target,
  }
}
