import { onceUnread } from '../../hosts/reader.js'
import { readAllLogs } from '../../queries/fleet-logs.js'
import { type LogsWanted, readLogs } from '../../queries/logs.js'
import { gatlingHome } from '../../state/paths.js'
import { usage } from '../errors.js'
import { print } from '../output.js'

interface LogsOptions {
  readonly follow?: boolean
  readonly untilEof?: boolean
  readonly lines: string
}

/** Shows what an app wrote, on every machine of the fleet that runs it. */
export const logs = (project: string, options: LogsOptions & { on?: string }): Promise<void> =>
  showLogs(options, wanted => readAllLogs(gatlingHome(), project, wanted, options.on))

/** Shows what an app wrote on this machine: the lead asks. */
export const logsHere = (project: string, options: LogsOptions): Promise<void> =>
  showLogs(options, wanted => readLogs(gatlingHome(), project, wanted))

const showLogs = async (options: LogsOptions, read: (wanted: LogsWanted) => Promise<void>): Promise<void> => {
  const count = Number(options.lines)
  if (!Number.isInteger(count) || count < 0)
    throw usage(`${options.lines} is not a number of lines`, 'Give a whole number: --lines 50')
  if (options.follow) onceUnread(() => process.exit())
  // This is for the dashboard, whose pipe is a socket.
  if (options.follow && options.untilEof) process.stdin.resume().once('end', () => process.exit())
  await read({ count, follow: options.follow === true, show: line => print(line) })
}
