import { lineReader } from '../state/events.js'

/** How far a run has come, by what it has said. */
export interface Trace {
  /** The last step it began; null: none. */
  readonly step: string | null
  /** Whether it began to change the database's schema: to tell what is pending changes nothing. */
  readonly migrates: boolean
}

/** Reads the events of a run, which may have been cut short. */
export const traceOf = (path: string): Trace => {
  const reader = lineReader(path)
  const lines = reader.read()
  reader.close()
  const steps = lines.flatMap(line => /"type":"step-start","step":"([a-z_]+)"/.exec(line)?.[1] ?? [])
  const migrates = lines.some(line =>
    /"type":"command","text":".*Gatling\.Schema\.(?:migrate|rollback)\(/.test(line),
  )
  return { step: steps.at(-1) ?? null, migrates }
}
