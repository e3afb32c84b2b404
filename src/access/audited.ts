import type { CommandFacts, Telling } from './command.js'

/** What the audit says of a command line: no value, no argument of a program, nothing that is not known to be harmless. */
export interface Said {
  readonly action: string
  readonly project: string | null
  readonly detail: string
}

/**
 * @param command - what the command line runs; null: nothing.
 * @param known - returns the apps there are; any other word may still be one that is not yet.
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
    detail: told(
      audit,
      words.filter((_, index) => index !== at),
    ),
  }
}

const told = (telling: Telling, words: readonly string[]): string => {
  if (telling === 'words') return words.map(plain).join(' ')
  if (telling === 'first') return plain(words[0] ?? '')
  if (telling !== 'keys') return ''
  return words
    .filter(word => !word.startsWith('-'))
    .map(word => word.replace(/=.*/s, ''))
    .map(key => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : hidden))
    .join(' ')
}

const hidden = '...'

/** A word as it is, if it is nothing but a name, a path, a number or an option. */
const plain = (word: string): string => (/^[\w@.,/:-]{1,80}$/.test(word) ? word : hidden)
