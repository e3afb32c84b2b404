import { error, GatlingError } from './error.js'
import { indent } from './error-text.js'

export const internal = error(
  'INTERNAL',
  'Something Gatling did not foresee: a bug of Gatling, not of the app.',
  (cause: unknown) => ({
    message: `Gatling itself failed: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
    hint: 'This is a bug in Gatling. Please report it with the lines above.',
    exitCode: 70,
    cause,
  }),
)

export const fileClosed = error(
  'FILE_CLOSED',
  "A file or folder of Gatling's may not be read or written: somebody else owns it, or closed it.",
  (path: string, cause: unknown) => {
    const [part = path, app = part] = /^(.*\/apps\/[^/]+)\/[^/]+/.exec(path) ?? []
    return {
      message: `${path} may not be read or written by the user that Gatling runs as: somebody else owns it or its folder, or closed it`,
      hint: `Give it back, as root: chown -R --reference=${app} ${part} && chmod -R u+rwX ${part}`,
      cause,
    }
  },
)

export const diskFull = error('DISK_FULL', 'The disk is full.', (path: string | null, cause: unknown) => ({
  message: `no space left on the disk${path === null ? '' : `: ${path} could not be written`}`,
  hint: 'Make room, then try again. `gatling doctor` says what an app takes, `gatling releases` which releases are kept.',
  cause,
}))

export const diskReadOnly = error(
  'DISK_READ_ONLY',
  'A disk can only be read.',
  (path: string, cause: unknown) => ({
    message: `${path} cannot be written: its disk can only be read`,
    hint: 'Linux makes a disk with errors read-only: see `dmesg`. When the disk is well, mount it for writing: mount -o remount,rw.',
    cause,
  }),
)

/** What anything that was thrown is to a user. */
export const known = (thrown: unknown): GatlingError => {
  if (thrown instanceof GatlingError) return thrown
  const { code, path } = systemError(thrown)
  if (path !== null && (code === 'EACCES' || code === 'EPERM')) return fileClosed(path, thrown)
  if (path !== null && code === 'EROFS') return diskReadOnly(path, thrown)
  return code === 'ENOSPC' || code === 'EDQUOT' ? diskFull(path, thrown) : internal(thrown)
}

/** node's own errors, by errno(3). */
const systemError = (thrown: unknown): { code: unknown; path: string | null } => {
  if (!(thrown instanceof Error && 'code' in thrown)) return { code: null, path: null }
  return { code: thrown.code, path: 'path' in thrown && typeof thrown.path === 'string' ? thrown.path : null }
}

export const commandFailed = error(
  'COMMAND_FAILED',
  'A command of a step ended with another status than 0.',
  (command: string, ending: string, lastLines: readonly string[]) => ({
    message: `\`${command}\` ${ending}${lastLines.length > 0 ? `; its last lines:${indent(lastLines)}` : ''}`,
    hint: wasKilled(ending)
      ? 'The kernel kills what takes more memory than `[build] memory` allows, or than the machine has. Allow it more, and try again.'
      : 'Correct what it complains about, and try again.',
  }),
)

/** What is wrong with a command that was killed is not told by its output. */
export const wasKilled = (text: string): boolean => text.split('\n')[0]?.includes('SIGKILL') === true
