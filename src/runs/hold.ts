import { once } from 'node:events'
import type { EventBody } from '../core/event.js'
import { leaseApp } from '../runtimes/keeper.js'

/** How long a deploy waits before it says so, in ms. */
const patienceMs = 1_000

/**
 * Takes the lease of an app for one deploy. Waits until the keeper has stopped the old version, which can first finish
 * its requests.
 * @returns a function that releases the lease.
 * @throws GatlingError NOT_SERVING or DOOR_CLOSED, or the reason of an abort of `signal`.
 */
export const holdApp = async (
  home: string,
  project: string,
  number: number,
  emit: (event: EventBody) => void,
  signal: AbortSignal,
): Promise<() => void> => {
  const lease = leaseApp(home, project, number)
  const text =
    'the old version still finishes its requests; this deploy goes on when that version has stopped'
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
