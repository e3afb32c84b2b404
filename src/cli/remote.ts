import { openSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type CommandFacts, commandFor } from '../access/command.js'
import { sshCommand } from '../access/ssh-command.js'
import { ssh, sshFailed } from '../commands/ssh.js'
import { runAttached } from '../hosts/attached.js'
import { fileUnread, remoteUnknown } from './errors.js'
import { type Remote, remoteOf, sshOfGit } from './git-remote.js'
import { tell } from './output.js'
import { commands, families } from './table.js'

/**
 * Runs a command on the server of this folder's app. The server is that of the git remote `production`, or of another
 * remote with `--remote` in front of the command or in GATLING_REMOTE.
 * @returns its exit code; null: it must run here.
 * @throws GatlingError REMOTE_UNKNOWN.
 */
export const maybeForward = async (argv: readonly string[]): Promise<number | null> => {
  const { name, rest, asked } = chosenRemote(argv)
  const [word] = rest
  if (word === undefined || word.startsWith('-')) return null
  const command = commandFor(commands, rest)
  // A newer server can know more commands, so it gets unknown words. A family without a verb, such as `config`, is
  // refused here.
  if (command?.asks) return null
  if (command === null ? Object.hasOwn(families, word) : isOfThisMachine(command) && !asked) return null
  if (rest.includes('--help') || rest.includes('-h')) return null
  const remote = await remoteOf(name)
  if (remote) return forward(rest, command, remote)
  if (asked) throw remoteUnknown(name)
  return null
}

/** Tells whether a command runs only here. No server runs a command that no key has a right to. */
const isOfThisMachine = ({ right, here = false }: CommandFacts): boolean => right === null || here

const chosenRemote = (argv: readonly string[]): { name: string; rest: readonly string[]; asked: boolean } => {
  const [first = ''] = argv
  if (first !== '-r' && first !== '--remote' && !first.startsWith('--remote=')) {
    const named = process.env['GATLING_REMOTE']
    return { name: named ?? 'production', rest: argv, asked: named !== undefined }
  }
  const words = first.includes('=') ? 1 : 2
  const { values } = parseArgs({
    args: argv.slice(0, words),
    options: { remote: { type: 'string', short: 'r' } },
    strict: false,
  })
  return { name: String(values.remote), rest: argv.slice(words), asked: true }
}

/** Adds the project to the words of a command, in its place, unless it is there already. */
export const withProject = (
  argv: readonly string[],
  { name, app }: CommandFacts,
  project: string,
): readonly string[] => {
  if (app === 'option') return argv.includes('--project') ? argv : [...argv, '--project', project]
  if (app !== 'first') return argv
  const words = name.split(' ').length
  return argv[words] === project ? argv : [...argv.slice(0, words), project, ...argv.slice(words)]
}

/** Replaces a file of this machine in the words of a command by standard input. */
export const withInput = (
  argv: readonly string[],
  command: Pick<CommandFacts, 'input'> | null,
): { readonly words: readonly string[]; readonly input: string | null } => {
  const option = command?.input
  const at = argv.findIndex(
    word => option !== undefined && (word === option || word.startsWith(`${option}=`)),
  )
  const [word = ''] = argv.slice(at)
  const isOne = word !== option
  const path = isOne ? word.slice(word.indexOf('=') + 1) : argv[at + 1]
  if (at < 0 || option === undefined || path === undefined || path === '-')
    return { words: argv, input: null }
  return { words: [...argv.slice(0, at), option, '-', ...argv.slice(at + (isOne ? 1 : 2))], input: path }
}

/** Opens a file. @throws GatlingError USAGE. */
const opened = (path: string): number => {
  try {
    return openSync(path, 'r')
  } catch {
    throw fileUnread(path)
  }
}

const forward = async (
  argv: readonly string[],
  command: CommandFacts | null,
  remote: Remote,
): Promise<number> => {
  const terminal = process.stdin.isTTY === true && command?.terminal === true
  const { words, input } = withInput(argv, command)
  const line = sshCommand(command === null ? words : withProject(words, command, remote.project))
  const { argv: called } = ssh({ ...remote, shell: await sshOfGit() }, line, terminal)
  const code = await runAttached(called, input === null ? {} : { input: opened(input) })
  if (code === sshFailed) tell(`${remote.destination} could not be reached; try: ssh ${remote.destination}`)
  return code
}
