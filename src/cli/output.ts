import { EOL } from 'node:os'
import pc from 'picocolors'
import { known } from '../core/errors.js'

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
  const { message, hint, code, exitCode } = known(error)
  tell(`${pc.red('error:')} ${message}`, ...(hint ? [`  ${hint}`] : []), pc.dim(`  (${code})`))
  process.exitCode = exitCode
}
