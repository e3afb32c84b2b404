import * as systemd from '../commands/systemd.js'
import { runCommand } from '../hosts/capture.js'
import { succeeded } from '../hosts/must.js'

const names = [
  'ActiveState',
  'SubState',
  'MainPID',
  'NRestarts',
  'InvocationID',
  'ExecMainCode',
  'ExecMainStatus',
  'ExecMainStartTimestamp',
  'Result',
] as const

/** The properties of one unit in systemd (systemctl(1), show); '': unknown. */
export type Properties = Readonly<Record<(typeof names)[number] | 'Id', string>>

/** A unit that systemd does not know. */
export const nothing = Object.fromEntries([...names, 'Id'].map(name => [name, ''])) as Properties

/** Asks systemd about units, one answer for each. @throws GatlingError COMMAND_FAILED. */
export const properties = async (units: readonly string[]): Promise<readonly Properties[]> => {
  const command = systemd.show(units, names)
  const said = succeeded(command, await runCommand(command))
  return said
    .split('\n\n')
    .filter(block => block.trim() !== '')
    .map(block => ({
      ...nothing,
      ...Object.fromEntries(
        block
          .split('\n')
          .filter(line => line.includes('='))
          .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ),
    }))
}
