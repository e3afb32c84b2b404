import { within } from '../commands/timeout.js'
import type { Command } from '../core/host.js'
import { type Captured, runCommand } from '../hosts/capture.js'

/** The PATH that systemd gives units. Root's own PATH can differ, with other programs first. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** How long a program may take by default, in seconds. */
const patience = 5

/** Runs a program of the machine, with English output. @throws Error if it takes too long. */
export const ask = async (command: Command, seconds = patience): Promise<Captured> => {
  const env = { PATH: systemPath, LC_ALL: 'C.UTF-8', ...command.env }
  const began = performance.now()
  const captured = await runCommand(within(seconds, { ...command, env }))
  // The status can be that of timeout(1), or of a program that was killed together with it.
  if (captured.status !== 0 && performance.now() - began >= seconds * 1_000)
    throw new Error(`\`${command.argv.join(' ')}\` did not end within ${seconds} s`)
  return captured
}

/** Returns what a program prints. @throws Error if it does not exist or fails. */
export const answerOf = async (command: Command): Promise<string> => {
  const captured = await ask(command)
  if (isMissing(captured)) throw new Error(`there is no program ${command.argv[0]}`)
  if (captured.status !== 0)
    throw new Error(`\`${command.argv.join(' ')}\` says: ${saidBy(captured) || `status ${captured.status}`}`)
  return captured.stdout
}

export const isMissing = ({ status }: Captured): boolean => status === 127

export const saidBy = ({ stdout, stderr }: Captured): string =>
  (stderr.trim() || stdout.trim()).split('\n').slice(-2).join(' ')
