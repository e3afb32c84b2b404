import { beforeEach, describe, expect, it } from 'vitest'
import type { Env, UpgradeOptions } from '../../src/core/env.js'
import type { Exit } from '../../src/core/service-manager.js'
import type { Installed, Watched } from '../../src/stacks/phoenix/upgrade/engine.js'
import type { PhoenixRuntime } from '../../src/stacks/phoenix/upgrade/runtime.js'
import { releaseOld, stillServes, takeBack, upgrade } from '../../src/stacks/phoenix/upgrade/upgrade.js'
import { nothingDiffers } from '../helpers/comparison.js'
import { env, live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { unusedRuntime } from '../helpers/runtime.js'

/** Release 6 serves from slot a at port 4000. Release 7 takes over, and after a swap serves from slot b at port 4001. */
const deploy: Env = {
  ...env,
  live: { ...live, limits: { memory: '6M', cpu: null, tasks: 1 } },
  limits: { memory: '7M', cpu: null, tasks: 1 },
  mode: 'auto',
  timing: { ...env.timing, watch: 0 },
  upgrade_options: { ...env.upgrade_options, watch: 0 },
}
const asked = (mode: UpgradeOptions['mode']): Env => ({
  ...deploy,
  upgrade_options: { ...deploy.upgrade_options, mode },
})

const well: Watched = { restarted: [], crashes: [], processes: 100, migrated: 0 }
const done: string[] = []
let node: Watched | null = well
let exit: Exit | null = null
let refused: Installed['findings'] = []
beforeEach(() => {
  done.length = 0
  node = well
  exit = null
  refused = []
})

const note = (what: string) => async (): Promise<void> => void done.push(what)
const runtime: PhoenixRuntime = {
  ...unusedRuntime,
  host: {
    ...unusedRuntime.host,
    accepts: async () => true,
    probe: async () => ({ status: 200, location: null, setsCookie: false }),
  },
  services: {
    ...unusedRuntime.services,
    outdated: async () => [],
    install: async ({ limits }) => note(`define ${limits.memory}`)(),
    start: async ({ release, slot }) => note(`start ${release} in ${slot}`)(),
    stop: async (_, slot) => note(`stop ${slot}`)(),
    enable: async (_, slot) => note(`enable ${slot}`)(),
    exited: async () => exit,
    listening: async (_, slot) => [slot === 'a' ? 4_000 : 4_001],
    list: async () => [],
  },
  proxy: {
    ...unusedRuntime.proxy,
    answers: async () => ({ requests: 0, errors: 0 }),
    route: async (_, to) => note(`route ${'port' in to ? to.port : ''}`)(),
    drained: async () => 0,
  },
  engine: {
    ...unusedRuntime.engine,
    compare: async () => ({ ...nothingDiffers, changed: ['Shop.Cart'] }),
    check: async () => ({ findings: [], processes: [], generation: 0, pending: false, otp: '25' }),
    install: async () => ({
      ...{ ok: refused.length === 0, findings: refused },
      ...{ migrated: 0, started: [], pausedMs: 1, tookMs: 2 },
    }),
    prepare: async () => nothingDiffers,
    watch: async () => node ?? Promise.reject(new Error('it does not answer')),
    commit: async () => {
      done.push('commit')
      return []
    },
  },
}
const busy = { code: 'process_busy', what: 'Shop.Cart', detail: '' }

describe('an upgrade whose node refuses it', () => {
  it('becomes a swap', async () => {
    refused = [busy]
    expect(await upgrade(asked('auto'), runtime)).toEqual({ mode: 'swap' })
    expect(done).toEqual(['define 7M', 'start 7 in b', 'route 4001'])
  })

  it('fails without a start if only hot is allowed', async () => {
    refused = [busy]
    expect((await failureOf(() => upgrade(asked('hot'), runtime))).code).toBe('HOT_IMPOSSIBLE')
    expect(done).toEqual(['define 7M'])
  })
})

describe('right before the commit', () => {
  it.each([
    ['a hot upgrade', 'hot'],
    ['a swap', 'swap'],
  ] as const)('%s is checked once more', async (_, mode) => {
    await stillServes({ ...deploy, mode }, runtime)
    exit = { reason: 'ended with status 1', lastLines: [] }
    expect((await failureOf(() => stillServes({ ...deploy, mode }, runtime))).code).toBe('DIED_SOON')
  })

  it('a hot upgrade with dead children is not committed', async () => {
    node = { ...well, restarted: ['Shop.Cart'] }
    const { code } = await failureOf(() => stillServes({ ...deploy, mode: 'hot' }, runtime))
    expect(code).toBe('UNHEALTHY_UPGRADE')
  })
})

it('reverting a swap defines the app as the live version has it', async () => {
  await takeBack({ ...deploy, mode: 'swap' }, runtime)
  expect(done).toEqual(['route 4000', 'stop b', 'define 6M'])
})

it('a committed hot upgrade boots the new release from then on', async () => {
  await releaseOld({ ...deploy, mode: 'hot', slot: 'a' }, runtime)
  expect(done).toEqual(['commit', 'enable a'])
})
