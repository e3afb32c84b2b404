import { join } from 'node:path'
import { type Output, root, run } from '../helpers/world.js'

/** Runs a script as root on the files of its own server, without systemd. It can import from `./dist`. @param ownNetwork gives it its own ports. */
export const onServer = (script: string, input = '', ownNetwork = false): Promise<Output> =>
  // It also has its own processes, because other users of the machine can have the numbers of its users.
  run(
    [
      ...(['unshare', '--mount', '--pid', '--fork', '--mount-proc'] as const),
      ...(ownNetwork ? ['--net'] : []),
      ...['sh', join(root, 'test/server-files/on-server.sh'), root, script],
    ],
    { input },
  )
