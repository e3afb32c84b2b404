import { sshRefused } from '../config/errors.js'

/** A request over ssh. */
export type SshCommand =
  | { readonly kind: 'git'; readonly service: GitService; readonly project: string }
  | { readonly kind: 'gatling'; readonly argv: readonly string[] }

export type GitService = 'git-receive-pack' | 'git-upload-pack'

/**
 * Matches the requests of `git push` and `git fetch` (git-receive-pack(1)). The path is an app's name, in any of git's
 * spellings.
 */
const git = /^(git-receive-pack|git-upload-pack) '(?:~?\/)?([a-z][a-z0-9_]{0,39})(?:\.git)?\/?'$/
/**
 * Matches one word in single quotes, with a quote in it as '\''; or a word without any sign that a shell would
 * interpret.
 */
const quoted = /^(?:'((?:[^'\0\n]|'\\'')*)'|([\w@%+=:,./-]+))/

/**
 * Reads SSH_ORIGINAL_COMMAND. No part of it ever reaches a shell. It refuses everything that is not exactly what git or
 * `gatling` on a laptop sends.
 * @throws GatlingError SSH_REFUSED.
 */
export const parseSshCommand = (text: string): SshCommand => {
  const [, service, project] = git.exec(text) ?? []
  if (service && project) return { kind: 'git', service: service as GitService, project }
  const argv = text.startsWith('gatling ') ? words(text.slice('gatling '.length)) : null
  if (argv === null || argv.length === 0 || argv[0]?.startsWith('-')) throw sshRefused(text)
  return { kind: 'gatling', argv }
}

/** Splits a text into words; null: it is not only words. */
const words = (text: string): string[] | null => {
  const found: string[] = []
  let rest = text
  while (rest !== '') {
    const [all, inQuotes, bare = ''] = quoted.exec(rest) ?? []
    if (all === undefined) return null
    found.push(inQuotes?.replaceAll(`'\\''`, "'") ?? bare)
    rest = rest.slice(all.length)
    if (rest === '') return found
    if (!rest.startsWith(' ')) return null
    rest = rest.slice(1)
    if (rest === '') return null
  }
  return found
}

/** Writes the command line that `parseSshCommand` reads as these words. */
export const sshCommand = (argv: readonly string[]): string =>
  ['gatling', ...argv.map(word => `'${word.replaceAll("'", `'\\''`)}'`)].join(' ')
