import * as systemd from '../commands/systemd.js'
import { endedWith } from '../core/ending.js'
import { commandFailed } from '../core/errors.js'
import type { Command } from '../core/host.js'
import { type Captured, runCommand } from '../hosts/capture.js'

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

/** What systemd knows of one unit (systemctl(1), show); '' is what it does not know. */
export type Properties = Readonly<Record<(typeof names)[number] | 'Id', string>>

/** A unit that systemd does not know. */
export const nothing = Object.fromEntries([...names, 'Id'].map(name => [name, ''])) as Properties

/** Asks systemd about units, one answer for each. @throws GatlingError COMMAND_FAILED. */
export const properties = async (units: readonly string[]): Promise<readonly Properties[]> => {
  const said = await must(systemd.show(units, names))
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

/** @throws GatlingError COMMAND_FAILED. */
export const must = async (command: Command): Promise<string> => succeeded(command, await runCommand(command))

/** @returns what it wrote. @throws GatlingError COMMAND_FAILED. */
export const succeeded = ({ argv }: Command, { status, stdout, stderr }: Captured): string => {
  if (status !== 0) throw commandFailed(argv.join(' '), endedWith(status), stderr.trim().split('\n'))
  return stdout
}
