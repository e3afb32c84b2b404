import { sshRefused } from '../config/errors.js'

/** What somebody asks for over ssh. */
export type SshCommand =
  | { readonly kind: 'git'; readonly service: GitService; readonly project: string }
  | { readonly kind: 'gatling'; readonly argv: readonly string[] }

export type GitService = 'git-receive-pack' | 'git-upload-pack'

/** `git push` and `git fetch` ask so (git-receive-pack(1)); the path is an app's name, however git was told to write it. */
const git = /^(git-receive-pack|git-upload-pack) '(?:~?\/)?([a-z][a-z0-9_]{0,39})(?:\.git)?\/?'$/
/** One word in single quotes, a quote in it as '\''; or one that no shell would look at twice, as people type it. */
const quoted = /^(?:'((?:[^'\0\n]|'\\'')*)'|([\w@%+=:,./-]+))/

/**
 * Reads SSH_ORIGINAL_COMMAND. Nothing of it ever reaches a shell: what is not exactly what git or `gatling` on a laptop
 * sends is refused.
 * @throws GatlingError SSH_REFUSED.
 */
export const parseSshCommand = (text: string): SshCommand => {
  const [, service, project] = git.exec(text) ?? []
  if (service && project) return { kind: 'git', service: service as GitService, project }
  const argv = text.startsWith('gatling ') ? words(text.slice('gatling '.length)) : null
  if (argv === null || argv.length === 0 || argv[0]?.startsWith('-')) throw sshRefused(text)
  return { kind: 'gatling', argv }
}

/** null when it is anything but words. */
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

/** The command line that `parseSshCommand` reads as these words. */
export const sshCommand = (argv: readonly string[]): string =>
  ['gatling', ...argv.map(word => `'${word.replaceAll("'", `'\\''`)}'`)].join(' ')
