import { describeEnding, type Ending } from './ending.js'
import { error, GatlingError } from './error.js'
import { indent } from './error-text.js'

export const internal = error(
  'INTERNAL',
  'Gatling has a bug; the app is not the cause.',
  (cause: unknown) => ({
    message: `Gatling itself failed: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
    hint: 'This is a bug in Gatling. Please report it with the lines above.',
    exitCode: 70,
    cause,
  }),
)

export const fileClosed = error(
  'FILE_CLOSED',
  'Gatling cannot read or write a file or folder of its own.',
  (path: string, cause: unknown) => {
    const [part = path, app = part] = /^(.*\/apps\/[^/]+)\/[^/]+/.exec(path) ?? []
    return {
      message: `permission denied: ${path}. Gatling's user does not own it, or its mode is too strict`,
      hint: `Give it back to Gatling, as root: chown -R --reference=${app} ${part} && chmod -R u+rwX ${part}`,
      cause,
    }
  },
)

export const diskFull = error('DISK_FULL', 'The disk is full.', (path: string | null, cause: unknown) => ({
  message: `no space left on the disk${path === null ? '' : `: Gatling cannot write ${path}`}`,
  hint: 'Make room, then try again. `gatling doctor` shows how much room an app takes, `gatling releases` which releases are kept.',
  cause,
}))

export const diskReadOnly = error(
  'DISK_READ_ONLY',
  'A disk is read-only.',
  (path: string, cause: unknown) => ({
    message: `cannot write ${path}, because its disk is read-only`,
    hint: 'Linux makes a disk read-only when it finds errors on it: see `dmesg`. Repair the disk, then mount it for writing: `mount -o remount,rw`.',
    cause,
  }),
)

/** Turns anything that was thrown into an error for a user. */
export const known = (thrown: unknown): GatlingError => {
  if (thrown instanceof GatlingError) return thrown
  const { code, path } = systemError(thrown)
  if (path !== null && (code === 'EACCES' || code === 'EPERM')) return fileClosed(path, thrown)
  if (path !== null && code === 'EROFS') return diskReadOnly(path, thrown)
  return code === 'ENOSPC' || code === 'EDQUOT' ? diskFull(path, thrown) : internal(thrown)
}

/** Reads an error of Node.js itself, by errno(3). */
const systemError = (thrown: unknown): { code: unknown; path: string | null } => {
  if (!(thrown instanceof Error && 'code' in thrown)) return { code: null, path: null }
  return { code: thrown.code, path: 'path' in thrown && typeof thrown.path === 'string' ? thrown.path : null }
}

/** The hint of a command that failed, if no caller has a better one. */
export const fixAndTryAgain = 'Fix what it reports, then try again.'

export const commandFailed = error(
  'COMMAND_FAILED',
  'A command of a step failed.',
  (command: string, ending: Ending, lastLines: readonly string[]) => ({
    message: `\`${command}\` ${describeEnding(ending)}${lastLines.length > 0 ? `. Its last lines:${indent(lastLines)}` : ''}`,
    // The output of a killed command does not say why it was killed.
    hint:
      ending.signal === 'SIGKILL'
        ? 'The kernel kills a command that takes more memory than `[build] memory` allows, or than the machine has. Allow more memory, then try again.'
        : fixAndTryAgain,
    output: lastLines,
    signal: ending.signal,
  }),
)
