import * as git from '../commands/git.js'
import { runCommand } from '../hosts/capture.js'
import { remoteUnknown } from './errors.js'

/** A server that an app is pushed to. */
export interface Remote {
  /** `user@host` */
  readonly destination: string
  readonly port: string | null
  readonly project: string
}

/** Finds the server of a git remote of this folder; null: the remote does not use ssh. */
export const remoteOf = async (name: string): Promise<Remote | null> => {
  const { stdout } = await runCommand(git.remoteUrl('.', name))
  return parseRemote(stdout.trim())
}

/**
 * Finds the server of this folder's app, for a command that runs here and asks there.
 * @param named the git remote; undefined: GATLING_REMOTE, or else `production` if that remote exists.
 * @throws GatlingError REMOTE_UNKNOWN.
 */
export const remoteHere = async (named: string | undefined): Promise<Remote | null> => {
  const asked = named ?? process.env['GATLING_REMOTE']
  const remote = await remoteOf(asked ?? 'production')
  if (remote === null && asked !== undefined) throw remoteUnknown(asked)
  return remote
}

/** Reads an address for ssh, in either of git's two forms (git-push(1), GIT URLS); null: another address. */
export const parseRemote = (url: string): Remote | null => {
  const [, destination, port = null, path] =
    /^ssh:\/\/([^/:]+)(?::(\d+))?\/(.+)$/.exec(url) ?? /^([^/:]+@[^/:]+)()?:(.+)$/.exec(url) ?? []
  const project = path?.replace(/^~?\//, '').replace(/\.git$/, '')
  if (!destination || destination.startsWith('-') || !project || !/^[a-z][a-z0-9_]{0,39}$/.test(project))
    return null
  return { destination, port: port || null, project }
}

/**
 * Returns how git calls ssh, so that a command reaches the server in the same way as a push (git(1), GIT_SSH_COMMAND).
 */
export const sshOfGit = async (): Promise<string | null> => {
  const { stdout } = await runCommand(git.configOf('.', 'core.sshCommand'))
  return process.env['GIT_SSH_COMMAND'] || stdout.trim() || null
}
