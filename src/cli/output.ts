import { EOL } from 'node:os'
import pc from 'picocolors'
import { GatlingError, internal } from '../core/errors.js'

/** A line on standard output. */
export const print = (...lines: readonly string[]): void => {
  for (const line of lines) process.stdout.write(`${line}${EOL}`)
}

/** For a script: one JSON value. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2))

/** A line on standard error: what a person is told beside a command's result. */
export const tell = (...lines: readonly string[]): void => {
  for (const line of lines) process.stderr.write(`${line}${EOL}`)
}

/** Tells an error and sets the exit code. */
export const fail = (error: unknown): void => {
  const known = error instanceof GatlingError ? error : internal(error)
  tell(
    `${pc.red('error:')} ${known.message}`,
    ...(known.hint ? [`  ${known.hint}`] : []),
    pc.dim(`  (${known.code})`),
  )
  process.exitCode = known.exitCode
}
