import { isPinning } from './rights.js'

/** What the audit says of a command line: no value, no argument of a program, nothing that is not known to be harmless. */
export interface Said {
  readonly action: string
  readonly project: string | null
  readonly detail: string
}

/** Which words of a command are told, of those behind it and its project. */
type Telling = 'words' | 'keys' | 'program' | 'nothing'

/** All that changes something, or lets somebody see a secret or run something; by its one word, or two. */
const commands: Readonly<Record<string, Telling>> = {
  deploy: 'nothing',
  upgrade: 'words',
  rollback: 'words',
  redeploy: 'words',
  retry: 'words',
  cancel: 'nothing',
  unload: 'nothing',
  releases: 'words',
  load: 'words',
  console: 'nothing',
  run: 'program',
  'config set': 'keys',
  'config unset': 'keys',
  'config get': 'keys',
  'keys add': 'words',
  'keys remove': 'words',
  'tls enable': 'nothing',
  'tls disable': 'nothing',
  // The address of a mirror may hold a password.
  'elixir install': 'program',
  'elixir remove': 'words',
  setup: 'nothing',
  teardown: 'nothing',
}

/** These speak of no app. */
const ofTheServer: readonly string[] = ['keys', 'setup', 'teardown', 'elixir']

/** null: it changes nothing. `known` are the apps there are; any other word may still be one that is not yet. */
export const audited = (argv: readonly string[], known: readonly string[]): Said | null => {
  const [verb = '', second = ''] = argv
  if (verb === 'receive' || verb === 'git-receive-pack')
    return { action: 'push', project: plain(second), detail: '' }
  const action = [verb, `${verb} ${second}`].find(name => Object.hasOwn(commands, name))
  if (action === undefined) return null
  const words = argv.slice(action.split(' ').length)
  const own = verb === 'run' ? words.slice(0, 2) : words
  if (own.some(word => ['--help', '-h', '--dry-run'].includes(word))) return null
  if (verb === 'releases' && !isPinning(argv)) return null
  const named = own.find(word => known.includes(word)) ?? own.find(word => !word.startsWith('-'))
  const project = ofTheServer.includes(verb) || named === undefined ? null : plain(named)
  const at = project === null ? -1 : words.indexOf(named ?? '')
  const rest = words.filter((_, index) => index !== at)
  return { action, project, detail: told(commands[action] ?? 'nothing', rest) }
}

const told = (telling: Telling, words: readonly string[]): string => {
  if (telling === 'words') return words.map(plain).join(' ')
  if (telling === 'program') return plain(words[0] ?? '')
  if (telling === 'nothing') return ''
  return words
    .filter(word => !word.startsWith('-'))
    .map(word => word.replace(/=.*/s, ''))
    .map(key => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : hidden))
    .join(' ')
}

const hidden = '...'

/** A word as it is, if it is nothing but a name, a path, a number or an option. */
const plain = (word: string): string => (/^[\w@.,/:-]{1,80}$/.test(word) ? word : hidden)
