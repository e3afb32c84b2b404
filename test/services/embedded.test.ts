import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import type { Instance, ServiceDefinition } from '../../src/core/service-manager.js'
import { createEmbeddedProxy } from '../../src/proxies/embedded.js'
import { createSupervisor, type SupervisorOptions } from '../../src/services/supervisor.js'
import { type ProgramOf, type ServiceWorld, serviceManagerContract } from '../contracts/service-manager.js'
import { overControl } from '../helpers/control.js'
import { until } from '../helpers/world.js'

const shop: Instance = { project: 'shop', slot: 'a', release: 1, processes: { web: onLoopback(4001) } }

const environmentOf = ({ processes: { web }, release }: Instance): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  PORT: String(web.port),
  GATLING_REVISION: `revision ${release}`,
  ...(release % 2 === 0 ? { POOL_SIZE: '10', LOCALE: 'de' } : { POOL_SIZE: '5', THEME: 'dark' }),
})

const supervisor = (programOf: ProgramOf, firstPauseMs = 5, boots?: SupervisorOptions['boots']) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-services-'))
  const log = join(folder, 'log', 'app.log')
  const launched: Instance[] = []
  const definitions = new Map<string, ServiceDefinition>()
  const services = createSupervisor({
    launch: async instance => {
      launched.push(instance)
      const env = environmentOf(instance)
      return { argv: programOf(instance), cwd: folder, env, log }
    },
    define: definition => void definitions.set(definition.project, definition),
    undefine: project => void definitions.delete(project),
    firstPauseMs,
    ...(boots && { boots }),
  })
  const close = async (): Promise<void> => {
    await services.close(1_000)
    rmSync(folder, { recursive: true, force: true })
  }
  return { services, log, launched, definitions, close }
}

serviceManagerContract('the supervisor', async programOf => supervisor(programOf))

serviceManagerContract(
  'the supervisor, over the control socket',
  async (programOf): Promise<ServiceWorld> => {
    const { services, close } = supervisor(programOf)
    const proxy = await createEmbeddedProxy({
      sites: [],
      save: () => {},
      forget: () => {},
      filesOf: () => '/nowhere',
    })
    const control = await overControl(services, proxy)
    return {
      services: control.services,
      close: async () => {
        await control.close()
        await close()
      },
    }
  },
)

describe('the supervisor alone', () => {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map(world => world.close()))
  })
  const create = (script: string, firstPauseMs?: number) => {
    const world = supervisor(() => ['sh', '-c', script], firstPauseMs)
    open.push(world)
    return world
  }
  const status = async ({ services }: ReturnType<typeof supervisor>) => (await services.list('shop'))[0]

  it('defines and removes apps', async () => {
    const { services, definitions } = create('exit 0')
    const limits = { memory: null, cpu: null, tasks: 64 }
    const shop = { project: 'shop', drainMs: 1_000, limits, build: limits }
    await services.install(shop)
    expect([...definitions]).toEqual([['shop', shop]])
    await services.uninstall('shop')
    expect([...definitions]).toEqual([])
  })

  it('writes the output and the end of an instance to a private log', async () => {
    const { services, log } = create('echo out; echo err >&2; echo port $PORT; exit 3')
    await services.start(shop)
    await services.exited('shop', 'a', 50_000)
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z a /)
    const said = lines.map(line => line.slice(27))
    expect([...said.slice(0, -1)].sort()).toEqual(['err', 'out', 'port 4001'])
    expect(said.at(-1)).toBe('gatling: the app ended with status 3')
    expect(statSync(log).mode & 0o777).toBe(0o600)
  })

  it('starts nothing while it closes', async () => {
    const world = create('trap "sleep 0.5; exit" TERM; echo ready; while :; do sleep 0.1; done')
    await world.services.start(shop)
    await until(async () => (await world.services.lastLines('shop', 'a')).includes('ready'), 'the app')
    const closing = world.services.close(20_000)
    await world.services.start(shop)
    await closing
    expect(await world.services.list()).toEqual([])
    expect(world.launched).toHaveLength(1)
  })

  it('waits longer before each restart', async () => {
    const world = create('exit 1', 40)
    const starts: number[] = []
    await world.services.start(shop)
    await world.services.enable('shop', 'a')
    await until(() => {
      if (world.launched.length > starts.length) starts.push(performance.now())
      return starts.length >= 5
    }, 'five starts')
    const pauses = starts.slice(1).map((at, index) => at - (starts[index] ?? 0))
    // The pauses are 40, 80, 160 and 320 ms. A poll every 20 ms measures them, on a machine that can be busy.
    expect(pauses[3]).toBeGreaterThanOrEqual(280)
    expect(pauses[2]).toBeGreaterThanOrEqual(120)
    expect((pauses[3] ?? 0) - Math.min(...pauses)).toBeGreaterThan(100)
  })

  it('reports a crash loop, and keeps trying', async () => {
    const world = create('exit 1', 1)
    await world.services.start(shop)
    await world.services.enable('shop', 'a')
    const seen = new Set<string>()
    await until(async () => {
      const now = await status(world)
      if (now) seen.add(now.state)
      return now?.state === 'crash-looping'
    }, 'the crash loop')
    const restarts = (await status(world))?.restarts ?? 0
    expect(restarts).toBeGreaterThanOrEqual(4)
    await until(async () => ((await status(world))?.restarts ?? 0) > restarts, 'another try')
  })

  it('boots the live release in the slot of the instance', async () => {
    // The entry of state.json has more fields than an instance.
    const live = { release: 2, config: 2, processes: ['web'], port: 4002 }
    const world = supervisor(
      () => ['sh', '-c', 'exec sleep 60'],
      5,
      () => live,
    )
    open.push(world)
    await world.services.start(shop)
    expect(world.launched).toEqual([{ ...shop, release: 2, config: 2 }])
    expect(await status(world)).toMatchObject({ release: 2, processes: shop.processes })
  })

  it('reads again at every start how to start an instance', async () => {
    const world = create('exec sleep 60')
    await world.services.start(shop)
    await world.services.enable('shop', 'a')
    process.kill((await status(world))?.pid ?? 0, 'SIGKILL')
    await until(() => world.launched.length === 2, 'the restart')
    expect(world.launched).toEqual([shop, shop])
  })

  it('starts nothing again after it is closed', async () => {
    const world = create('exit 1', 20)
    await world.services.start(shop)
    await world.services.enable('shop', 'a')
    await until(() => world.launched.length >= 2, 'a restart')
    await world.services.close(1_000)
    const launched = world.launched.length
    expect(await world.services.list()).toEqual([])
    const other = create('exit 1', 20)
    await other.services.start(shop)
    await other.services.enable('shop', 'a')
    await until(() => other.launched.length >= 5, 'as much time as several restarts take')
    expect(world.launched.length).toBe(launched)
  })

  it('runs nothing if it is stopped while an instance starts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatling-services-'))
    let launch = (): void => {}
    const ready = new Promise<void>(resolve => {
      launch = resolve
    })
    const marker = join(folder, 'it-ran')
    const services = createSupervisor({
      launch: async () => {
        await ready
        const env = { PATH: process.env['PATH'] ?? '' }
        const argv = ['sh', '-c', `touch ${marker}; exec sleep 5`] as const
        return { argv, cwd: folder, env, log: join(folder, 'app.log') }
      },
      define: () => {},
      undefine: () => {},
    })
    open.push({ close: async () => rmSync(folder, { recursive: true, force: true }) })
    const starting = services.start(shop).catch(() => {})
    await services.stop('shop', 'a', 1_000)
    launch()
    await starting
    const after = create('echo ready; exec sleep 5')
    await after.services.start(shop)
    await until(async () => (await after.services.lastLines('shop', 'a'))[0], 'as much time as a start takes')
    expect(() => statSync(marker)).toThrow('ENOENT')
    expect(await services.list()).toEqual([])
  })
})
