import { printable } from '../core/printable.js'

/** Why a command failed, in the command's own words. */
export interface Refusal {
  /** The code of the error, as in docs/errors.md; null: the command gave none. */
  readonly code: string | null
  readonly message: string
  readonly hint: string
}

/** The status with which ssh ends for its own errors (ssh(1)). */
const sshFailed = 255

/** Reads what a command said on standard error before it ended. */
export const refusalOf = (
  { status, stderr }: { readonly status: number; readonly stderr: string },
  { name, isRemote }: { readonly name: string; readonly isRemote: boolean },
): Refusal => {
  const lines = printable(stderr).split('\n')
  const at = lines.findIndex(line => line.startsWith('error: '))
  if (at < 0 && isRemote && status === sshFailed)
    return {
      code: null,
      message: `${name} could not be reached`,
      hint: lastOf(lines) || `Try \`ssh ${name}\` in a terminal.`,
    }
  if (at < 0)
    return { code: null, message: lastOf(lines) || `the command ended with status ${status}`, hint: '' }
  const end = lines.findIndex((line, index) => index > at && /^ {2}\([A-Z_]+\)$/.test(line))
  const said = lines.slice(at, end < 0 ? undefined : end)
  const hint = said.findIndex(line => line.startsWith('  '))
  return {
    code: end < 0 ? null : (lines[end] ?? '').trim().slice(1, -1),
    message: said
      .slice(0, hint < 0 ? undefined : hint)
      .join('\n')
      .slice('error: '.length)
      .trim(),
    hint: hint < 0 ? '' : said.slice(hint).join('\n').trim(),
  }
}

const lastOf = (lines: readonly string[]): string => lines.filter(line => line.trim() !== '').at(-1) ?? ''

/** Refuses an answer that this version does not understand: the other side is older or newer. */
export const notUnderstood = (words: readonly string[]): Refusal => ({
  code: null,
  message: `\`gatling ${words.join(' ')}\` gave an answer that this version of Gatling does not understand`,
  hint: 'Install the same version on both sides. `gatling --version` shows the version.',
})
