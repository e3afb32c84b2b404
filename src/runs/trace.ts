import { lineReader, parseEvent } from '../state/events.js'

/** How far a run has come, by its events. */
export interface Trace {
  /** The last step it began; null: none. */
  readonly step: string | null
  /** Whether it began to change the database's schema. A list of pending migrations does not count. */
  readonly migrates: boolean
}

/** Reads the events of a run, which can be incomplete. */
export const traceOf = (path: string): Trace => {
  const reader = lineReader(path)
  const events = reader.read().map(parseEvent)
  reader.close()
  const steps = events.flatMap(event => (event?.type === 'step-start' ? event.step : []))
  const migrates = events.some(event => event?.type === 'command' && event.changes === 'schema')
  return { step: steps.at(-1) ?? null, migrates }
}
