import { GatlingError } from '../../core/error.js'
import type { Attempt } from '../../state/backups.js'
import type { Place } from './repository.js'

/** Runs work that status and doctor report, and notes how it ended. @returns its result. @throws its error. */
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

/** Runs the work in each place, also after a failure in another place. @throws the first error. */
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
