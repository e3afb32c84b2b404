import { Command } from 'commander'
import { ownVersion } from '../hosts/own-version.js'
import { topics } from './help.js'
import { families, type Row, sections } from './table.js'

/**
 * Makes the program from the table of commands. A command's code is loaded only when it runs.
 * @param first the first word of a command line. If commands begin with it, the others are left out: all of them take
 * some ms, and a push starts the program several times.
 */
export const createProgram = (first?: string): Command => {
  const isWanted = ({ name }: Row): boolean => name.split(' ')[0] === first
  const narrow = sections.some(({ commands }) => commands.some(isWanted))
  const program = new Command('gatling')
    .description('Your own Heroku for Phoenix apps: git push, and the app is upgraded without downtime.')
    .version(ownVersion(), '-v, --version')
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .addHelpText('after', topics)
  for (const { title, commands } of sections) {
    if (title !== null) program.commandsGroup(title)
    for (const row of narrow ? commands.filter(isWanted) : commands) addRow(program, row, title === null)
  }
  return program
}

const addRow = (program: Command, row: Row, hidden: boolean): void => {
  const [first = '', second] = row.name.split(' ')
  const parent = second === undefined ? program : familyIn(program, first)
  const made = parent
    .command(`${second ?? first} ${row.arguments ?? ''}`.trim(), { hidden })
    .action(async (...given: readonly unknown[]) => {
      const action = (await row.load()) as (...given: readonly unknown[]) => void | Promise<void>
      await action(...given)
    })
  describe(made, row)
  for (const option of row.options ?? []) made.addOption(option)
  if (row.program) made.passThroughOptions()
}

const familyIn = (program: Command, name: string): Command => {
  const there = program.commands.find(command => command.name() === name)
  if (there) return there
  const made = program.command(name)
  describe(made, families[name] ?? { about: '' })
  return made
}

const describe = (
  command: Command,
  { about, help }: { readonly about: string; readonly help?: string },
): void => {
  command.description(about).summary(about)
  if (help) command.addHelpText('after', `\n${help}`)
}
