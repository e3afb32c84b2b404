import { once } from 'node:events'
import type { EventBody } from '../core/event.js'
import { leaseApp } from '../runtimes/runtime.js'

/** How long a deploy waits in silence, in ms. */
const patienceMs = 1_000

/**
 * Holds an app for one deploy. Waits until its keeper has stopped the version before, which can still finish its requests.
 * @returns what lets it go.
 * @throws GatlingError NOT_SERVING or DOOR_CLOSED; what `signal` was aborted with.
 */
export const holdApp = async (
  home: string,
  project: string,
  number: number,
  emit: (event: EventBody) => void,
  signal: AbortSignal,
): Promise<() => void> => {
  const lease = leaseApp(home, project, number)
  const text = 'the version before still finishes its requests; this deploy goes on when it has stopped'
  const timer = setTimeout(() => emit({ type: 'note', text }), patienceMs)
  const heard = new AbortController()
  try {
    await Promise.race([lease, once(signal, 'abort', { signal: heard.signal })])
    signal.throwIfAborted()
    return await lease
  } catch (error) {
    void lease.then(
      release => release(),
      () => {},
    )
    throw error
  } finally {
    clearTimeout(timer)
    heard.abort()
  }
}
