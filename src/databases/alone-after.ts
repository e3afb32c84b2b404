import type { EventBody } from '../core/event.js'
import { whileLocked } from '../hosts/lock.js'
import { serverPaths } from '../state/server.js'

type Emit = (event: EventBody) => void

/**
 * Makes a function that changes the databases of an app while nothing else does. First the `repairs` finish or remove
 * what an interrupted command left, because until then it is not known which database is live.
 * @returns a function that throws GatlingError LOCK_HELD.
 */
export const aloneAfter =
  (...repairs: readonly ((project: string, emit: Emit) => Promise<void>)[]) =>
  <Value>(project: string, emit: Emit, work: () => Promise<Value>): Promise<Value> =>
    whileLocked(serverPaths.lock(`database-${project}`), async () => {
      for (const repair of repairs) await repair(project, emit)
      return work()
    })
