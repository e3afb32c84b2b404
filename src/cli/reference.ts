import { type Right, rights } from '../access/rights.js'
import { commands, type Row, sections } from './table.js'

/** Writes docs/commands.md: every command that people call, from the table. */
export const commandReference = (): string => {
  const parts = sections.flatMap(({ title, commands }) =>
    title === null ? [] : [`## ${title.replace(':', '')}\n\n${table(commands)}`],
  )
  return `# Commands

\`gatling <command> --help\` lists the options. The last column says which [right](server.md#keys-and-rights) an ssh key needs
to run the command on a server. A command without one runs only on its own machine. \`gatling audit\` lists a command
marked with *.

${parts.join('\n\n')}
`
}

const table = (rows: readonly Row[]): string =>
  [
    '| command | what it does | right |',
    '| --- | --- | --- |',
    ...rows.map(
      row =>
        `| \`${`${row.name} ${row.arguments ?? ''}`.trim()}\`${mark(row)} | ${row.about} | ${rightOf(row)} |`,
    ),
  ].join('\n')

const mark = ({ audit, otherwise }: Row): string => {
  if (audit !== null) return ' *'
  return otherwise?.audit ? ` (${withOptions(otherwise.options)} *)` : ''
}

const withOptions = (options: readonly string[]): string => `with \`${options.join('`, `')}\``

const rightOf = ({ right, otherwise }: Row): string => {
  if (right === null) return ''
  if (right === 'server') return '`admin` on every app'
  const needed = inWords(right)
  if (!otherwise || !Array.isArray(otherwise.right)) return needed
  const { also, options } = otherwise
  return `${needed}; ${also ? `also ${inWords(also)}` : inWords(otherwise.right)} ${withOptions(options)}`
}

const inWords = (needed: readonly string[]): string => needed.map(right => `\`${right}\``).join(' or ')

/** Writes the table of rights in docs/server.md. */
export const rightsReference = (): string => {
  const rows = rights
    .filter(right => right !== 'admin' && right !== 'node')
    .map(right => `| \`${right}\` | ${right === 'deploy' ? 'push and fetch, ' : ''}${namesWith(right)} |`)
  const beyond = words(commands.filter(({ right }) => right === 'server').map(({ name }) => name))
  return `${[
    '| right | commands |',
    '| --- | --- |',
    ...rows,
    `| \`admin\` | all of these and ${namesWith('admin')}; on every app also new apps, ${beyond} |`,
  ].join('\n')}\n`
}

const namesWith = (right: Right): string => words(commands.flatMap(row => nameWith(row, right)))

const nameWith = ({ name, otherwise, ...row }: Row, right: Right): readonly string[] => {
  const differs = otherwise?.right ? has({ right: otherwise.right }, right) : has(row, right)
  const options = otherwise?.options.join('`, `')
  if (!has(row, right)) return differs ? [`${name} (with \`${options}\`)`] : []
  return [differs ? name : `${name} (without \`${options}\`)`]
}

/** Joins the names of commands. A complete family is written as one word. */
const words = (names: readonly string[]): string =>
  [...new Set(names.map(name => word(name, names)))].join(', ')

const word = (name: string, names: readonly string[]): string => {
  const [first = ''] = name.split(' ')
  const family = commands.filter(one => one.name.startsWith(`${first} `))
  return !name.includes('(') && family.every(one => names.includes(one.name)) ? first : name
}

const has = ({ right }: Pick<Row, 'right'>, wanted: Right): boolean =>
  Array.isArray(right) && right.includes(wanted)
