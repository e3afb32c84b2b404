import type { Reach } from '../dashboard/reach.js'
import { cliPath } from '../runs/start.js'

/** Returns how the page runs commands on this machine. @param home the home of embedded mode. */
export const onThisMachine = (home: string): Reach => ({
  name: 'this machine',
  isRemote: false,
  project: null,
  command: words => ({
    argv: [process.execPath, cliPath, ...words],
    env: { GATLING_HOME: home, NO_COLOR: '1' },
  }),
})
