import { expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import type { Instance, Processes, ServiceStatus } from '../../src/core/service-manager.js'
import { converge } from '../../src/runtimes/converge.js'
import { live } from '../helpers/env.js'
import { unusedRuntime } from '../helpers/runtime.js'

const at = (port: number): Processes => ({ web: onLoopback(port) })

/** Converges an app whose live slot is in this state. @returns the instances that start. */
const startedIn = async (state: ServiceStatus['state']): Promise<Instance[]> => {
  const started: Instance[] = []
  const there = { project: 'shop', slot: live.slot, release: live.release, processes: at(4_001), pid: 1 }
  const { services, proxy } = unusedRuntime
  await converge('shop', {
    services: {
      ...services,
      list: async () => [{ ...there, state, restarts: 0, outOfMemory: false, since: '' }],
      install: async () => {},
      start: async instance => void started.push(instance),
      enable: async () => {},
    },
    proxy: { ...proxy, configure: async () => {}, route: async () => {} },
    live,
    placeFor: async () => at(4_002),
    graceMs: 1,
    seated: true,
  })
  return started
}

it('stops what an interrupted deploy started before it starts the live release', async () => {
  const order: string[] = []
  const { services, proxy } = unusedRuntime
  const there = {
    project: 'shop',
    release: live.release,
    processes: at(4_001),
    pid: 1,
    restarts: 0,
    outOfMemory: false,
    since: '',
  }
  await converge('shop', {
    services: {
      ...services,
      list: async () => [{ ...there, slot: 'b', state: 'running' }],
      install: async () => {},
      start: async ({ slot }) => void order.push(`start ${slot}`),
      stop: async (_, slot) => void order.push(`stop ${slot}`),
      enable: async () => {},
    },
    proxy: { ...proxy, configure: async () => {}, route: async () => {} },
    live,
    placeFor: async () => at(4_002),
    graceMs: 1,
    seated: true,
  })
  expect(order.slice(0, 2)).toEqual(['stop b', 'start a'])
})

it('leaves a running instance alone', async () => {
  expect(await startedIn('running')).toEqual([])
  expect(await startedIn('restarting')).toEqual([])
})

it('restarts an instance that a killed unload was stopping', async () => {
  expect(await startedIn('stopping')).toMatchObject([
    { slot: live.slot, release: live.release, processes: at(4_002) },
  ])
})

it('drains and stops the old version once the live version listens', async () => {
  const done: unknown[] = []
  // The live version has died, and listens again at the third look.
  const listening = [[], [], [4_001]]
  const old = { project: 'shop', slot: 'b', release: 1, processes: at(4_009), pid: 2 } as const
  const there = { ...old, slot: live.slot, release: live.release, processes: at(4_001) }
  const { services, proxy } = unusedRuntime
  await converge('shop', {
    services: {
      ...services,
      list: async () =>
        [there, old].map(one => ({ ...one, state: 'running', restarts: 0, outOfMemory: false, since: '' })),
      install: async () => {},
      enable: async () => {},
      listening: async (_, slot) => {
        done.push(['looks at', slot])
        return listening.shift() ?? []
      },
      stop: async (_, slot, ms) => void done.push(['stop', slot, ms]),
    },
    proxy: {
      ...proxy,
      configure: async () => {},
      route: async (_, backend) => void done.push(['route', backend]),
      drained: async (_, backend) => done.push(['drained', backend]),
    },
    live,
    placeFor: async () => at(4_002),
    graceMs: 1,
    seated: true,
  })
  expect(done).toEqual([
    ['route', onLoopback(4_001)],
    ['drained', onLoopback(4_009)],
    ...[1, 2, 3].map(() => ['looks at', live.slot]),
    ['stop', 'b', live.drain_timeout],
  ])
})

it('drains and stops what runs on a machine without a seat, and starts nothing', async () => {
  const done: unknown[] = []
  const running = { project: 'shop', slot: live.slot, release: 1, processes: at(4_001), pid: 2 } as const
  const { services, proxy } = unusedRuntime
  const worldOf = (graceMs: number | null) => ({
    services: {
      ...services,
      list: async () => [
        { ...running, state: 'running' as const, restarts: 0, outOfMemory: false, since: '' },
      ],
      install: async () => void done.push('install'),
      stop: async (_: string, slot: string, ms: number) => void done.push(['stop', slot, ms]),
    },
    proxy: {
      ...proxy,
      configure: async () => void done.push('configure'),
      drained: async () => done.push('drained'),
    },
    live,
    placeFor: async () => at(4_002),
    graceMs,
    seated: false,
  })
  await converge('shop', worldOf(1))
  expect(done).toEqual(['install', 'configure', 'drained', ['stop', live.slot, live.drain_timeout]])
  done.length = 0
  // A deploy can be starting an instance.
  await converge('shop', worldOf(null))
  expect(done).toEqual(['install', 'configure'])
})
