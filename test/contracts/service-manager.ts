import { afterEach, describe, expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import type { Instance, ServiceManager } from '../../src/core/service-manager.js'
import { freePort } from '../../src/hosts/ports.js'
import { isGone, until } from '../helpers/world.js'

/** Returns the program that an instance runs in a test. */
export type ProgramOf = (instance: Instance) => readonly [string, ...string[]]

export interface ServiceWorld {
  readonly services: ServiceManager
  close(): Promise<void>
}

const node = (script: string) => [process.execPath, '-e', script] as const
const shell = (script: string) => ['sh', '-c', script] as const

const steady = shell('echo ready; exec sleep 60')
const crashing = shell('echo one; echo two; exit 3')

const a = (project = 'shop'): Instance => ({
  project,
  slot: 'a',
  release: 1,
  processes: { web: onLoopback(4001) },
})
const b = (project = 'shop'): Instance => ({
  project,
  slot: 'b',
  release: 2,
  processes: { web: onLoopback(4002) },
})

/**
 * Tests what every service manager must do. `create` gets the program of each instance. It gives an odd release
 * POOL_SIZE=5 and THEME, an even one POOL_SIZE=10 and LOCALE, and each release its own GATLING_REVISION.
 */
export const serviceManagerContract = (
  name: string,
  create: (programOf: ProgramOf) => Promise<ServiceWorld>,
): void => {
  describe(name, () => {
    const worlds: ServiceWorld[] = []
    afterEach(async () => {
      await Promise.all(worlds.splice(0).map(world => world.close()))
    })
    const running = async (programOf: ProgramOf): Promise<ServiceManager> => {
      const world = await create(programOf)
      worlds.push(world)
      return world.services
    }
    const statusOf = async (services: ServiceManager, { project, slot }: Instance) =>
      (await services.list(project)).find(other => other.slot === slot)
    const pidOf = (services: ServiceManager, instance: Instance): Promise<number> =>
      until(async () => (await statusOf(services, instance))?.pid, 'the instance to run')
    const said = (services: ServiceManager, { project, slot }: Instance, text: string) =>
      until(
        async () => (await services.lastLines(project, slot)).includes(text),
        `the instance to say ${text}`,
      )

    it('runs an instance and lists it', async () => {
      const services = await running(() => steady)
      await services.start(b())
      const pid = await pidOf(services, b())
      expect(await services.list('shop')).toEqual([
        {
          ...b(),
          pid,
          state: 'running',
          restarts: 0,
          outOfMemory: false,
          since: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ])
      expect(isGone(pid)).toBe(false)
    })

    it('lists the instances of one app or of all', async () => {
      const services = await running(() => steady)
      for (const instance of [a(), b(), a('blog')]) await services.start(instance)
      expect((await services.list('shop')).map(({ slot }) => slot).sort()).toEqual(['a', 'b'])
      expect((await services.list('blog')).map(({ project }) => project)).toEqual(['blog'])
      expect(await services.list()).toHaveLength(3)
      expect(await services.list('nothing')).toEqual([])
    })

    it('reports a crash at once, with the last lines', async () => {
      const services = await running(() => crashing)
      await services.start(a())
      const exit = await services.exited('shop', 'a', 50_000)
      expect(exit).toEqual({ reason: 'ended with status 3', lastLines: ['one', 'two'] })
      expect(await services.lastLines('shop', 'a')).toEqual(['one', 'two'])
    })

    it('reports a crash that happened before the question', async () => {
      const services = await running(() => crashing)
      await services.start(a())
      await until(async () => (await statusOf(services, a()))?.pid === null, 'the crash')
      expect((await services.exited('shop', 'a', 50_000))?.reason).toBe('ended with status 3')
    })

    it('reports a crash to everybody who waits for it', async () => {
      const services = await running(() => steady)
      await services.start(a())
      const waiting = [services.exited('shop', 'a', 50_000), services.exited('shop', 'a', 50_000)]
      process.kill(await pidOf(services, a()), 'SIGKILL')
      for (const exit of await Promise.all(waiting)) expect(exit?.reason).toBe('was killed by SIGKILL')
    })

    it('reports nothing for an instance that lives on', async () => {
      const services = await running(() => steady)
      await services.start(a())
      expect(await services.exited('shop', 'a', 50)).toBeNull()
    })

    it('reports a program that cannot be started', async () => {
      const services = await running(() => ['/nowhere/app', 'start'])
      await services.start(a())
      const exit = await services.exited('shop', 'a', 50_000)
      // A shell that cannot start it reports that itself and ends with 127 (sh(1)).
      expect(exit?.reason).toMatch(/could not be started|ended with status 127/)
    })

    it('reports that an instance that was never started does not run', async () => {
      const services = await running(() => steady)
      expect((await services.exited('shop', 'a', 50_000))?.reason).toBe('is not running')
      expect(await services.lastLines('shop', 'a')).toEqual([])
      expect(await services.listening('shop', 'a')).toEqual([])
    })

    it('keeps the last lines of a long output', async () => {
      const services = await running(() =>
        shell('i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo $i; done; exit 1'),
      )
      await services.start(a())
      const lines = (await services.exited('shop', 'a', 50_000))?.lastLines ?? []
      expect(lines.length).toBeGreaterThanOrEqual(15)
      expect(lines).toEqual(Array.from({ length: lines.length }, (_, at) => String(201 - lines.length + at)))
    })

    it('restarts an instance that dies only when it is enabled', async () => {
      const services = await running(() => crashing)
      await services.start(a())
      await services.start(b())
      await services.enable('shop', 'b')
      await until(async () => ((await statusOf(services, b()))?.restarts ?? 0) >= 2, 'two restarts')
      await services.exited('shop', 'a', 50_000)
      // A service manager may have forgotten it by then.
      expect((await statusOf(services, a())) ?? { restarts: 0, pid: null }).toMatchObject({
        restarts: 0,
        pid: null,
      })
    })

    it('restarts an instance that was enabled while it ran', async () => {
      const services = await running(() => steady)
      await services.start(a())
      await services.enable('shop', 'a')
      const before = await pidOf(services, a())
      process.kill(before, 'SIGKILL')
      const after = await until(async () => {
        const status = await statusOf(services, a())
        return status?.pid !== before ? status?.pid : null
      }, 'the restart')
      expect(isGone(before)).toBe(true)
      expect(isGone(after)).toBe(false)
      expect(await statusOf(services, a())).toMatchObject({ restarts: 1, state: 'running' })
    })

    it('restarts an instance that died before it was enabled', async () => {
      const services = await running(() => steady)
      await services.start(a())
      process.kill(await pidOf(services, a()), 'SIGKILL')
      await services.exited('shop', 'a', 50_000)
      await services.enable('shop', 'a')
      await until(async () => (await statusOf(services, a()))?.pid, 'the restart')
    })

    it('stops an instance with SIGTERM, and lets it finish', async () => {
      const script = `process.on('SIGTERM', () => { console.log('finishing'); process.exit() }); setInterval(() => {}, 1000); console.log('ready')`
      const services = await running(() => node(script))
      await services.start(a())
      await services.enable('shop', 'a')
      await said(services, a(), 'ready')
      const pid = await pidOf(services, a())
      await services.stop('shop', 'a', 50_000)
      expect(isGone(pid)).toBe(true)
      expect(await services.list('shop')).toEqual([])
    })

    it('stops an instance that ignores SIGTERM with SIGKILL', async () => {
      const services = await running(() => shell('trap "" TERM; echo ready; while :; do sleep 1; done'))
      await services.start(a())
      await said(services, a(), 'ready')
      const pid = await pidOf(services, a())
      await services.stop('shop', 'a', 100)
      expect(isGone(pid)).toBe(true)
      expect(await services.list('shop')).toEqual([])
    })

    it('stops an instance that loses the first SIGTERM, like a booting BEAM', async () => {
      const services = await running(() =>
        shell('trap "trap - TERM" TERM; echo ready; while :; do sleep 0.1; done'),
      )
      await services.start(a())
      await said(services, a(), 'ready')
      const pid = await pidOf(services, a())
      const began = performance.now()
      await services.stop('shop', 'a', 60_000)
      expect(isGone(pid)).toBe(true)
      // So the SIGKILL after 60 s did not stop it.
      expect(performance.now() - began).toBeLessThan(40_000)
    })

    it('leaves no child of a stopped instance, even one that ignores SIGTERM', async () => {
      const services = await running(() => shell('(trap "" TERM; exec sleep 60) & echo $!; wait'))
      await services.start(a())
      const child = Number(await until(async () => (await services.lastLines('shop', 'a'))[0], 'the child'))
      expect(isGone(child)).toBe(false)
      await services.stop('shop', 'a', 5_000)
      await until(() => isGone(child), 'the child to be gone')
    })

    it('leaves no child of an instance that crashed', async () => {
      const services = await running(() => shell('sleep 60 & echo $!; exit 1'))
      await services.start(a())
      await services.exited('shop', 'a', 50_000)
      const child = Number((await services.lastLines('shop', 'a'))[0])
      await until(() => isGone(child), 'the child to be gone')
    })

    it('stops one slot and leaves the other', async () => {
      const services = await running(() => steady)
      await services.start(a())
      await services.start(b())
      await services.stop('shop', 'a', 5_000)
      expect((await services.list('shop')).map(({ slot }) => slot)).toEqual(['b'])
      expect(isGone(await pidOf(services, b()))).toBe(false)
    })

    it('does nothing when it stops an instance that does not run', async () => {
      const services = await running(() => steady)
      await services.stop('shop', 'a', 5_000)
      expect(await services.list()).toEqual([])
    })

    it('accepts two requests at once to stop an instance', async () => {
      const services = await running(() => steady)
      await services.start(a())
      const pid = await pidOf(services, a())
      await Promise.all([services.stop('shop', 'a', 5_000), services.stop('shop', 'a', 5_000)])
      expect(isGone(pid)).toBe(true)
      expect(await services.list('shop')).toEqual([])
    })

    it('does not report a stopped instance as dead', async () => {
      const services = await running(() => steady)
      await services.start(a())
      await services.enable('shop', 'a')
      const waiting = services.exited('shop', 'a', 700)
      await services.stop('shop', 'a', 5_000)
      expect(await waiting).toBeNull()
      expect(await services.list('shop')).toEqual([])
    })

    it('replaces the instance of a slot that is in use', async () => {
      const services = await running(() => steady)
      await services.start(a())
      const before = await pidOf(services, a())
      await services.start({ ...a(), release: 3, processes: { web: onLoopback(4003) } })
      expect(isGone(before)).toBe(true)
      const pid = await pidOf(services, a())
      expect(await services.list('shop')).toMatchObject([
        { slot: 'a', release: 3, processes: { web: onLoopback(4003) }, pid, restarts: 0 },
      ])
    })

    it('reads the environment of an instance, with what its start script added', async () => {
      const services = await running(() => shell('export ADDED="by = itself"; echo ready; exec sleep 60'))
      await services.start(a())
      await said(services, a(), 'ready')
      const environment = () => services.environment('shop', 'a')
      await until(async () => (await environment())['ADDED'], 'the script to have ended')
      expect(await environment()).toMatchObject({
        ADDED: 'by = itself',
        PORT: '4001',
        GATLING_REVISION: 'revision 1',
      })
    })

    it('reads no environment of an instance that does not run', async () => {
      const services = await running(() => crashing)
      expect(await services.environment('shop', 'a')).toEqual({})
      await services.start(a())
      await services.exited('shop', 'a', 50_000)
      expect(await services.environment('shop', 'a')).toEqual({})
    })

    it('tells the environment that an instance would start with', async () => {
      const services = await running(() => steady)
      expect(await services.variables(a())).toMatchObject({ POOL_SIZE: '5' })
      expect(await services.variables({ ...a(), release: 2 })).toMatchObject({ POOL_SIZE: '10' })
    })

    it('names the variables that differ in another release, except its revision', async () => {
      const services = await running(() => shell('export ADDED="by itself"; exec sleep 60'))
      await services.start(a())
      expect(await services.outdated('shop', 'a', 1, 1)).toEqual([])
      expect(await services.outdated('shop', 'a', 2, 2)).toEqual(['LOCALE', 'POOL_SIZE', 'THEME'])
      expect(await services.outdated('shop', 'a', 3, 3)).toEqual([])
      expect(await services.outdated('shop', 'b', 2, 2)).toEqual([])
    })

    it('lists exactly the ports that an instance listens on', async () => {
      const port = await freePort()
      const script = `require('net').createServer().listen(${port}, '127.0.0.1', () => console.log('ready'))`
      const services = await running(({ slot }) => (slot === 'a' ? node(script) : steady))
      await services.start(a())
      await services.start(b())
      await said(services, a(), 'ready')
      expect(await services.listening('shop', 'a')).toEqual([port])
      expect(await services.listening('shop', 'b')).toEqual([])
    })
  })
}
