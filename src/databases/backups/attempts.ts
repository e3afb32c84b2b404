import { GatlingError } from '../../core/error.js'
import type { Attempt } from '../../state/backups.js'
import type { Place } from './repository.js'

/** Does something that status and doctor report, and notes how it ended. @returns what it does. @throws what it throws. */
export const attempted = async <Value>(
  work: () => Promise<Value>,
  note: (attempt: Attempt, done: Value | null) => Promise<void>,
): Promise<Value> => {
  const now = (): string => new Date().toISOString()
  try {
    const done = await work()
    await note({ at: now(), trouble: null }, done)
    return done
  } catch (error) {
    const trouble = error instanceof GatlingError ? error.message : String(error)
    await note({ at: now(), trouble }, null)
    throw error
  }
}

/** Does the same in each place: one that fails says nothing about the others. @throws what failed first. */
export const inEachPlace = async <Value>(
  places: readonly Place[],
  work: (place: Place) => Promise<Value>,
): Promise<readonly Value[]> => {
  const ends: PromiseSettledResult<Value>[] = []
  for (const place of places) ends.push(...(await Promise.allSettled([work(place)])))
  return ends.map(end => {
    if (end.status === 'rejected') throw end.reason
    return end.value
  })
}
