import { type Asker, type Grant, mayDo, type Needed, type Right } from './rights.js'
import type { GitService } from './ssh-command.js'

/** Which words of a command line the audit keeps, of those after the command and its app. */
export type Telling = 'words' | 'keys' | 'first' | 'nothing' | 'push'

/** All that is decided about a command before it runs. Each row of the table of commands has it. */
export interface CommandFacts {
  /** One word, or two. */
  readonly name: string
  /**
   * The user that runs it on a server. `app` is the app's own user. `machine` is root, even before there is a server.
   * With `caller` nobody hands it on: Gatling starts it as the right user, or servers do not have it.
   */
  readonly runsAs: 'app' | 'root' | 'machine' | 'caller'
  /** The right that a key needs. null: no key can run it. */
  readonly right: Needed
  /** Which machines of the fleet may ask for it. Each command with the right `node` says it. */
  readonly from?: Asker
  /** The place of its app: the first argument, which a laptop fills in; any place; an option; none. */
  readonly app: 'first' | 'anywhere' | 'option' | 'none'
  /** What the audit keeps. null: the command changes nothing, and shows no secret. */
  readonly audit: Telling | null
  /** The effect of these options. They make a command that only shows change something, or the other way round. */
  readonly otherwise?: { readonly options: readonly string[] } & Partial<
    Pick<CommandFacts, 'runsAs' | 'right' | 'also' | 'audit'>
  >
  /** The rights that a key needs in addition. */
  readonly also?: readonly Right[]
  /** The command asks a person, so it gets the terminal. */
  readonly terminal?: boolean
  /** The words after the app belong to a program: they are not looked at, noted or shown. */
  readonly program?: boolean
  /** An option that names a file of the person who asks. A laptop sends its content as standard input. */
  readonly input?: string
  /** A laptop runs the command itself, unless --remote asks for the server. */
  readonly here?: boolean
  /** The command always runs on the person's machine, and asks the server itself. */
  readonly asks?: boolean
  /** `service <app> <command>` runs it, too. */
  readonly service?: boolean
}

/** The commands that git runs over ssh. */
export const gitServices: Readonly<Record<GitService, CommandFacts>> = {
  'git-receive-pack': {
    name: 'git-receive-pack',
    runsAs: 'app',
    right: ['deploy'],
    app: 'first',
    audit: 'push',
  },
  'git-upload-pack': { name: 'git-upload-pack', runsAs: 'app', right: ['deploy'], app: 'first', audit: null },
}

/**
 * Finds the command that a command line runs, with the rights that its options need; null: there is no such command.
 */
export const commandFor = <Facts extends CommandFacts>(
  commands: readonly Facts[],
  argv: readonly string[],
): Facts | null => {
  const [first = '', ...words] = argv
  const called = (name: string): Facts | undefined => commands.find(one => one.name === name)
  // Options can stand before the second word, so it is the first word that can be one.
  const second = words.find(word => called(`${first} ${word}`) !== undefined)
  const found = called(second === undefined ? first : `${first} ${second}`)
  if (found === undefined) return null
  const { otherwise } = found
  if (!otherwise || !optionsOf(words).some(word => otherwise.options.includes(word))) return found
  const { options: _options, ...differs } = otherwise
  return { ...found, ...differs }
}

/** Finds the options among words, without their values. A word after `--` is not an option (getopt(3)). */
const optionsOf = (words: readonly string[]): readonly string[] => {
  const end = words.indexOf('--')
  return words.slice(0, end < 0 ? undefined : end).map(word => word.replace(/=.*/s, ''))
}

/** Tells whether a key may run a command for an app; null: for the whole server. */
export const mayRun = (
  key: Grant,
  project: string | null,
  { right, also = [] }: Pick<CommandFacts, 'right' | 'also'>,
): boolean => mayDo(key, project, right) && also.every(one => mayDo(key, project, [one]))

/** Returns the second words of a family, such as those of `config`; empty: no command begins with this word. */
export const familyOf = (commands: readonly CommandFacts[], first: string): readonly string[] =>
  commands
    .map(({ name }) => name.split(' '))
    .flatMap(([word, second]) => (word === first ? (second ?? []) : []))

/** Returns the name of a command for a refusal, with the option that makes the difference. */
export const calledAs = ({ name, right, otherwise }: CommandFacts): string =>
  otherwise && right === otherwise.right ? `${name} ${otherwise.options[0]}` : name
