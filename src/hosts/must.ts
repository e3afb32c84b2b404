import { endedWith } from '../core/ending.js'
import { commandFailed } from '../core/errors.js'
import type { Command } from '../core/host.js'
import { type Captured, runCommand } from './capture.js'

/** How many lines of a command's output its error quotes. */
const repeatedLines = 10

/** Runs a command outside any deploy, which must succeed. @throws GatlingError COMMAND_FAILED. */
export const must = async (command: Command): Promise<void> => {
  succeeded(command, await runCommand(command))
}

/** Checks that a command succeeded. @returns its output. @throws GatlingError COMMAND_FAILED. */
export const succeeded = ({ argv }: Command, { status, stdout, stderr }: Captured): string => {
  const lines = `${stdout}${stderr}`.trim().split('\n').slice(-repeatedLines)
  if (status !== 0) throw commandFailed(argv.join(' '), endedWith(status), lines)
  return stdout
}
