import { EOL } from 'node:os'
import pc from 'picocolors'
import { known } from '../core/errors.js'
import { printable, printableJson } from '../core/printable.js'

/** The colours that we use. What an app says may have them, too: they hide nothing. */
const colours = [1, 2, 22, 31, 32, 33, 35, 36, 39].map(code => `\u001b[${code}m`)

const clean = (line: string): string =>
  printable(line, sequence => pc.isColorSupported && colours.includes(sequence))

/** Lines on standard output, without what a terminal would obey, in one write. */
export const print = (...lines: readonly string[]): void => {
  if (lines.length > 0) printExact(lines.map(clean).join(EOL))
}

/** For a script: a line on standard output, whatever is in it. */
export const printExact = (line: string): void => {
  process.stdout.write(`${line}${EOL}`)
}

/** For a script: one JSON value. */
export const printJson = (value: unknown): void => print(printableJson(value, 2))

/** For a script: one JSON value of several, on one line. */
export const printJsonLine = (value: unknown): void => print(printableJson(value))

/** A line on standard error: what a person is told beside a command's result. */
export const tell = (...lines: readonly string[]): void => {
  process.stderr.write(lines.map(line => `${clean(line)}${EOL}`).join(''))
}

/** Tells an error and sets the exit code. */
export const fail = (error: unknown): void => {
  const { message, hint, code, exitCode } = known(error)
  tell(`${pc.red('error:')} ${message}`, ...(hint ? [`  ${hint}`] : []), pc.dim(`  (${code})`))
  process.exitCode = exitCode
}
