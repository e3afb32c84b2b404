import type { CommandFacts, Telling } from './command.js'

/**
 * What the audit keeps of a command line: only words that are known to be harmless, no values and no arguments of
 * programs.
 */
export interface Said {
  readonly action: string
  readonly project: string | null
  readonly detail: string
}

/**
 * Says what the audit keeps of a command line.
 * @param command the command that it runs; null: none.
 * @param known returns the existing apps. Another word can be an app that does not exist yet.
 * @returns null: it changes nothing.
 */
export const audited = (
  argv: readonly string[],
  command: CommandFacts | null,
  known: () => readonly string[],
): Said | null => {
  if (command === null || command.audit === null) return null
  const { name, app, audit, program = false } = command
  const words = argv.slice(name.split(' ').length)
  if (audit === 'push') return { action: 'push', project: plain(words[0] ?? ''), detail: '' }
  const own = program ? words.slice(0, 2) : words
  if (own.some(word => ['--help', '-h', '--dry-run'].includes(word))) return null
  const apps = known()
  const named = own.find(word => apps.includes(word)) ?? own.find(word => !word.startsWith('-'))
  const project = app === 'none' || named === undefined ? null : plain(named)
  const at = project === null ? -1 : words.indexOf(named ?? '')
  return {
    action: name,
    project,
    detail: keptWords(
      audit,
      words.filter((_, index) => index !== at),
    ),
  }
}

const keptWords = (telling: Telling, words: readonly string[]): string => {
  if (telling === 'words') return words.map(plain).join(' ')
  if (telling === 'first') return plain(words.find(word => word !== '--') ?? '')
  if (telling !== 'keys') return ''
  return words
    .filter(word => !word.startsWith('-'))
    .map(word => word.replace(/=.*/s, ''))
    .map(key => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : hidden))
    .join(' ')
}

const hidden = '...'

/** Returns a word if it is only a name, a path, a number or an option; otherwise hides it. */
const plain = (word: string): string => (/^[\w@.,/:-]{1,80}$/.test(word) ? word : hidden)
