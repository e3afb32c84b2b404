import { alone } from '../../src/core/peers.js'
import type { PhoenixRuntime } from '../../src/stacks/phoenix/upgrade/runtime.js'

const notUsed = async (): Promise<never> => {
  throw new Error('not used by this test')
}

/** A runtime whose adapters fail when a test uses them. */
export const unusedRuntime: PhoenixRuntime = {
  host: {
    run: notUsed,
    rest: notUsed,
    succeeds: notUsed,
    write: notUsed,
    accepts: notUsed,
    probe: notUsed,
  },
  services: {
    install: notUsed,
    uninstall: notUsed,
    processes: notUsed,
    connections: notUsed,
    memory: notUsed,
    start: notUsed,
    enable: notUsed,
    stop: notUsed,
    exited: notUsed,
    environment: notUsed,
    variables: notUsed,
    outdated: notUsed,
    listening: notUsed,
    lastLines: notUsed,
    list: notUsed,
  },
  proxy: { configure: notUsed, route: notUsed, drained: notUsed, answers: notUsed, remove: notUsed },
  peers: alone,
  points: { mark: async () => false, list: async () => null },
  engine: {
    compare: notUsed,
    prepare: notUsed,
    preview: notUsed,
    check: notUsed,
    install: notUsed,
    watch: notUsed,
    processes: notUsed,
    figures: notUsed,
    touched: () => false,
    revert: notUsed,
    commit: notUsed,
  },
  note: () => {},
  compared: () => {},
  planned: () => {},
  moved: () => {},
  withdrawn: () => {},
  forget: notUsed,
}
