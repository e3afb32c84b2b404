import { describe, expect, it } from 'vitest'
import type { Backend } from '../../src/core/endpoint.js'
import type { Env } from '../../src/core/env.js'
import type { Slot } from '../../src/core/live.js'
import type { Runtime } from '../../src/core/runtime.js'
import type { ServiceStatus } from '../../src/core/service-manager.js'
import { handOver, swapBack, takeRequests } from '../../src/upgrade/swap.js'
import { env, live } from '../helpers/env.js'
import { unusedRuntime } from '../helpers/runtime.js'

/** Release 6 serves from slot a at port 4000. Release 7 takes over in slot b at port 4001. */
const upgrade: Env = { ...env, live, mode: 'auto' }
const stopFirst: Env = { ...upgrade, upgrade_options: { ...upgrade.upgrade_options, stop_first: true } }

const portIn = (backend: Backend): number | null => ('port' in backend ? backend.port : null)

/** Makes a machine with these running slots, and records the calls in order. */
const machine = (...running: Slot[]) => {
  const done: string[] = []
  const runs = new Set<Slot>(running)
  const portOf = (slot: Slot): number => (slot === 'a' ? 4_000 : 4_001)
  const runtime: Runtime = {
    ...unusedRuntime,
    host: {
      ...unusedRuntime.host,
      accepts: async () => true,
      probe: async ({ port }) => {
        done.push(`healthy ${port}`)
        return { status: 200, location: null, setsCookie: false }
      },
    },
    services: {
      ...unusedRuntime.services,
      list: async () => [...runs].map(slot => ({ slot, release: 1 }) as ServiceStatus),
      start: async ({ slot, release, config }) => {
        done.push(`start ${release} in ${slot} with the values of ${config}`)
        runs.add(slot)
      },
      stop: async (_, slot) => {
        done.push(`stop ${slot}`)
        runs.delete(slot)
      },
      enable: async (_, slot) => void done.push(`enable ${slot}`),
      listening: async (_, slot) => [portOf(slot)],
      exited: async () => null,
      connections: async () => 2,
    },
    proxy: {
      ...unusedRuntime.proxy,
      answers: async () => ({ requests: 9, errors: 1 }),
      route: async (_, to) => void done.push(`route ${portIn(to)}`),
      drained: async (_, from) => {
        done.push(`drain ${portIn(from)}`)
        return 0
      },
    },
    note: text => void notes.push(text),
  }
  const notes: string[] = []
  return { done, notes, runtime }
}

describe('a swap', () => {
  it('routes to the new version once it is healthy, and keeps the old one', async () => {
    const { done, runtime } = machine('a')
    expect(await takeRequests(upgrade, runtime)).toEqual({ requests: 9, errors: 1 })
    expect(done).toEqual(['start 7 in b with the values of 7', 'healthy 4001', 'route 4001'])
  })

  it('does not start a prepared instance again', async () => {
    const { done, runtime } = machine('a', 'b')
    await takeRequests({ ...upgrade, mode: 'swap' }, runtime)
    expect(done).toEqual(['healthy 4001', 'route 4001'])
  })

  it('with stop_first stops the old version first, and reports the gap', async () => {
    const { done, notes, runtime } = machine('a')
    await takeRequests(stopFirst, runtime)
    expect(done).toEqual(['stop a', 'start 7 in b with the values of 7', 'healthy 4001', 'route 4001'])
    expect(notes.at(-1)).toMatch(/^nothing answered for [\d.]+ s$/)
  })

  it('has nothing to stop first on a first deploy', async () => {
    const { done, notes, runtime } = machine()
    await takeRequests({ ...stopFirst, live: null }, runtime)
    expect(done[0]).toMatch(/^start/)
    expect(notes.join()).not.toContain('nothing answered')
  })

  it('enables the new version at the end, and lets the old one drain', async () => {
    const { done, notes, runtime } = machine('a', 'b')
    await handOver(upgrade, runtime)
    expect(done).toEqual(['enable b'])
    expect(notes.join()).toMatch(/the old version still has 2 connections; .*45 s/)
  })
})

describe('reverting a swap', () => {
  it('routes to the old version, then drains and stops the new one', async () => {
    const { done, runtime } = machine('a', 'b')
    await swapBack(upgrade, runtime)
    expect(done).toEqual(['route 4000', 'drain 4001', 'stop b'])
  })

  it('stops nothing if the app was changed in place', async () => {
    const { done, runtime } = machine('a')
    await swapBack({ ...upgrade, slot: 'a' }, runtime)
    expect(done).toEqual(['route 4000'])
  })

  it('with stop_first stops the new version, then starts the old one', async () => {
    const { done, runtime } = machine('b')
    await swapBack({ ...stopFirst, live: { ...live, config: 5 } }, runtime)
    expect(done).toEqual([
      ...['route 4000', 'stop b', 'start 6 in a with the values of 5', 'healthy 4000', 'enable a'],
    ])
  })

  it('does not start an old version that was never stopped', async () => {
    const { done, runtime } = machine('a')
    await swapBack(stopFirst, runtime)
    expect(done).toEqual(['route 4000', 'drain 4001', 'stop b'])
  })
})
