import { endedWith } from '../core/ending.js'
import { commandFailed } from '../core/errors.js'
import type { Command } from '../core/host.js'
import { runCommand } from '../hosts/capture.js'

/** Runs a command that has to succeed. @throws GatlingError COMMAND_FAILED. */
export const must = async (command: Command): Promise<void> => {
  const { status, stdout, stderr } = await runCommand(command)
  if (status !== 0)
    throw commandFailed(
      command.argv.join(' '),
      endedWith(status),
      `${stdout}${stderr}`.trim().split('\n').slice(-10),
    )
}
