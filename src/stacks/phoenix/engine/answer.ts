import * as v from 'valibot'
import { GatlingError } from '../../../core/error.js'

/**
 * Reads the answer of one of Gatling's Erlang programs: the line that begins with `gatling:`. Apps can print other
 * lines.
 * @throws Error without such a line.
 */
export const answerIn = (output: string): unknown => {
  const line = output
    .split('\n')
    .filter(one => one.startsWith('gatling:'))
    .at(-1)
  if (line === undefined) throw new Error(output.trim().split('\n').slice(-5).join('\n') || 'it said nothing')
  return JSON.parse(line.slice('gatling:'.length))
}

export const findingsSchema = v.array(v.object({ code: v.string(), what: v.string(), detail: v.string() }))

/** Says why something failed. For a command that is its output, not its name. */
export const reasonOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  if (!(error instanceof GatlingError)) return message
  const written = error.output.map(line => line.trim()).filter(Boolean)
  return written.slice(-4).join(' ') || message
}
