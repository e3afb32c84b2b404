import { join } from 'node:path'
import { type Output, root, run } from '../helpers/world.js'

/** Runs a script, which may import from `./dist`, as root of a server of its own: its files, without its systemd. @param ownNetwork with ports of its own, too. */
export const onServer = (script: string, input = '', ownNetwork = false): Promise<Output> =>
  // Processes of its own, too: its users have numbers that others of the machine may have.
  run(
    [
      ...(['unshare', '--mount', '--pid', '--fork', '--mount-proc'] as const),
      ...(ownNetwork ? ['--net'] : []),
      ...['sh', join(root, 'test/server-files/on-server.sh'), root, script],
    ],
    { input },
  )
