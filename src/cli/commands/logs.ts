import { onceUnread } from '../../hosts/reader.js'
import { readLogs } from '../../queries/logs.js'
import { gatlingHome } from '../../state/paths.js'
import { usage } from '../errors.js'
import { print } from '../output.js'

/** Shows what an app wrote. */
export const logs = async (
  project: string,
  options: { follow?: boolean; untilEof?: boolean; lines: string },
): Promise<void> => {
  const count = Number(options.lines)
  if (!Number.isInteger(count) || count < 0)
    throw usage(`${options.lines} is not a number of lines`, 'Give a whole number: --lines 50')
  if (options.follow) onceUnread(() => process.exit())
  // This is for the dashboard, whose pipe is a socket.
  if (options.follow && options.untilEof) process.stdin.resume().once('end', () => process.exit())
  await readLogs(gatlingHome(), project, {
    count,
    follow: options.follow === true,
    show: line => print(line),
  })
}
