import { EOL } from 'node:os'
import pc from 'picocolors'
import { known } from '../core/errors.js'
import { printable, printableJson } from '../core/printable.js'

/** The colours that Gatling uses. An app's output may have them, too, because they hide nothing. */
const colours = [1, 2, 22, 31, 32, 33, 35, 36, 39].map(code => `\u001b[${code}m`)

const clean = (line: string): string =>
  printable(line, sequence => pc.isColorSupported && colours.includes(sequence))

/** Prints lines on standard output, in one write, without anything that a terminal would obey. */
export const print = (...lines: readonly string[]): void => {
  if (lines.length > 0) printExact(lines.map(clean).join(EOL))
}

/** Prints a line on standard output as it is, for a script. */
export const printExact = (line: string): void => {
  process.stdout.write(`${line}${EOL}`)
}

/** Prints one JSON value, for a script. */
export const printJson = (value: unknown): void => print(printableJson(value, 2))

/** Prints one of several JSON values on one line, for a script. */
export const printJsonLine = (value: unknown): void => print(printableJson(value))

/** Prints lines on standard error, for a person, beside a command's result. */
export const tell = (...lines: readonly string[]): void => {
  process.stderr.write(lines.map(line => `${clean(line)}${EOL}`).join(''))
}

/** Prints an error and sets the exit code. */
export const fail = (error: unknown): void => {
  const { message, hint, code, exitCode } = known(error)
  tell(`${pc.red('error:')} ${message}`, ...(hint ? [`  ${hint}`] : []), pc.dim(`  (${code})`))
  process.exitCode = exitCode
}
