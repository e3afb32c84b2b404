import { expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import type { Instance, Processes, ServiceStatus } from '../../src/core/service-manager.js'
import { converge } from '../../src/runtimes/converge.js'
import { live } from '../helpers/env.js'
import { unusedRuntime } from '../helpers/runtime.js'

const at = (port: number): Processes => ({ web: onLoopback(port) })

/** What is started where the live slot is in this state. */
const startedBeside = async (state: ServiceStatus['state']): Promise<Instance[]> => {
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
  })
  return started
}

it('what an interrupted deploy started is stopped before what is live and does not run', async () => {
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
  })
  expect(order.slice(0, 2)).toEqual(['stop b', 'start a'])
})

it('what runs is let be', async () => {
  expect(await startedBeside('running')).toEqual([])
  expect(await startedBeside('restarting')).toEqual([])
})

it('what is just being stopped, by an unload that was killed, is started again', async () => {
  expect(await startedBeside('stopping')).toMatchObject([
    { slot: live.slot, release: live.release, processes: at(4_002) },
  ])
})

it('what served before finishes its requests and has its time to stop, once the live version listens', async () => {
  const done: unknown[] = []
  // It has died, and is there again at the third look.
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
  })
  expect(done).toEqual([
    ['route', onLoopback(4_001)],
    ['drained', onLoopback(4_009)],
    ...[1, 2, 3].map(() => ['looks at', live.slot]),
    ['stop', 'b', live.drain_timeout],
  ])
})
