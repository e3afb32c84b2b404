import { rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import { keeperClient } from '../../src/keeper/client.js'
import { listenAsKeeper } from '../../src/keeper/server.js'
import { createEmbeddedProxy } from '../../src/proxies/embedded.js'
import { notServing } from '../../src/runtimes/errors.js'
import { createSupervisor } from '../../src/services/supervisor.js'
import { overControl } from '../helpers/control.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { site } from '../helpers/site.js'
import { createWorld, isGone, until, type World } from '../helpers/world.js'

const folder = temporaryFolders()
const services = createSupervisor({
  launch: async () => Promise.reject(new Error('nothing can be started here')),
  define: () => {},
  undefine: () => {},
})
/** An app whose site does not fit on the disk. */
const full = 'full'
const proxy = await createEmbeddedProxy({
  sites: [],
  save: ({ project }) => {
    if (project !== full) return
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      path: '/etc/gatling/apps/full.json',
    })
  },
  forget: () => {},
  filesOf: () => '/nowhere',
})

const listenOn = (
  listen: string,
  beforeLease: (project: string) => Promise<void>,
  onLeaseLost: (project: string) => void,
  only: string | null = null,
) => listenAsKeeper({ listen, services, proxy, apps: null, only, beforeLease, onLeaseLost })

/** Sends a raw request. @returns the answer, as far as it came. */
const send = (socketPath: string, path: string, body: string): Promise<string> =>
  new Promise(resolve => {
    let answer = ''
    const outgoing = request({ socketPath, path, method: 'POST', agent: false }, response => {
      response.setEncoding('utf8').on('data', text => {
        answer += text
      })
      response.once('close', () => resolve(answer))
    })
    outgoing.once('error', () => resolve(answer))
    outgoing.setTimeout(20_000, () => outgoing.destroy())
    outgoing.end(body)
  })

describe('the control socket', () => {
  let control: Awaited<ReturnType<typeof overControl>>
  beforeEach(async () => {
    control = await overControl(services, proxy)
  })
  afterEach(() => control.close())

  it('is private to its user', () => {
    expect(statSync(control.socket).mode & 0o777).toBe(0o600)
  })

  it('lists all apps or one', async () => {
    const none: string | undefined = undefined
    expect(await control.services.list()).toEqual([])
    expect(await control.services.list(none)).toEqual([])
    expect(await control.services.list('shop')).toEqual([])
    expect(await send(control.socket, '/services.list', '[null]')).toBe('{"value":[]}')
  })

  it('passes on a GatlingError with its code, message and hint', async () => {
    await control.proxy.configure(site('shop', ['a.com']))
    const error = await failureOf(() => control.proxy.configure(site('blog', ['a.com'])))
    expect(error).toMatchObject({ code: 'DOMAIN_TAKEN', message: 'a.com already belongs to shop' })
    expect(error.hint).toContain('remove a.com from shop')
    await control.proxy.remove('shop')
  })

  it('passes on an error of the system as a GatlingError', async () => {
    const error = await failureOf(() => control.proxy.configure(site(full, ['full.com'])))
    expect(error.code).toBe('DISK_FULL')
    expect(error.message).toBe('no space left on the disk: Gatling cannot write /etc/gatling/apps/full.json')
    expect(error.hint).toContain('Make room')
  })

  it('passes on any other error as INTERNAL', async () => {
    const starting = control.services.start({
      project: 'shop',
      slot: 'a',
      release: 1,
      processes: { web: onLoopback(4001) },
    })
    expect(await failureOf(() => starting)).toMatchObject({
      code: 'INTERNAL',
      message: 'nothing can be started here',
    })
    await control.services.stop('shop', 'a', 1)
  })

  it('reports a keeper of another version of Gatling', async () => {
    const other = { code: 'OTHER_VERSION', hint: expect.stringContaining('gatling serve') }
    const older = control as unknown as { services: { stop(...args: unknown[]): Promise<void> } }
    expect(await failureOf(() => older.services.stop('shop', 'a', 'soon'))).toMatchObject(other)
    const lease = control.lease as (...args: unknown[]) => Promise<() => void>
    expect(await failureOf(() => lease('shop'))).toMatchObject(other)
    expect(control.lost).toEqual([])
    expect(JSON.parse(await send(control.socket, '/services.restart', '["shop"]')).error).toMatchObject(other)
  })

  it('notices when a lease is released, and not before', async () => {
    const release = await control.lease('shop', 1)
    const releaseOther = await control.lease('blog', 2)
    await control.services.list()
    expect(control.lost).toEqual([])
    release()
    await until(() => control.lost.length > 0, 'the lease to be lost')
    expect(control.lost).toEqual(['shop'])
    releaseOther()
    await until(() => control.lost.length > 1, 'the other lease to be lost')
  })
})

describe("an app's door", () => {
  let socket: string
  let door: Awaited<ReturnType<typeof listenOn>>
  beforeEach(async () => {
    socket = join(folder(), 'shop.sock')
    door = await listenOn(
      socket,
      async () => {},
      () => {},
      'shop',
    )
  })
  afterEach(() => {
    door.close()
    door.closeAllConnections()
  })

  it('reads at most 1 MB of a call', async () => {
    const list = (length: number) => send(socket, '/services.list', '["shop"]'.padEnd(length))
    expect(await list(1024 * 1024)).toContain('"value":[]')
    expect(await list(1024 * 1024 + 1)).not.toContain('value')
    expect(await list(10)).toContain('"value":[]')
  })

  it('accepts 64 calls at once, and more when some have ended', async () => {
    const callers = Array.from({ length: 300 }, () => connect(socket).on('error', () => {}))
    const closed = () => callers.filter(caller => caller.closed).length
    await until(() => closed() === 300 - 64, 'the others to be sent away')
    for (const caller of callers) caller.destroy()
    await until(
      async () => (await send(socket, '/services.list', '["shop"]')).includes('value'),
      'room for a call',
    )
  })
})

describe('a restarted keeper', () => {
  it('gets the lease of the running deploy again', async () => {
    const socket = join(folder(), 'serve.sock')
    const begun: string[] = []
    const lost: string[] = []
    const listen = () =>
      listenOn(
        socket,
        async project => void begun.push(project),
        project => lost.push(project),
      )
    const first = await listen()
    const release = await keeperClient(socket, () => notServing('')).lease('shop', 1)
    first.close()
    first.closeAllConnections()
    rmSync(socket, { force: true })
    await until(() => lost.length === 1, 'the first to be gone')
    // Long enough that the client has looked for the keeper in vain.
    await new Promise(resolve => setTimeout(resolve, 100))
    const second = await listen()
    await until(() => begun.length === 2, 'the lease to be taken again')
    release()
    await until(() => lost.length === 2, 'the lease to be lost')
    second.close()
  })
})

describe('without embedded mode', () => {
  it('every call fails with NOT_SERVING', async () => {
    const home = folder()
    const client = keeperClient(join(home, 'serve.sock'), () => notServing(home))
    for (const call of [
      () => client.services.list(),
      () => client.proxy.route('shop', onLoopback(4001)),
      () => client.lease('shop', 1),
    ]) {
      const error = await failureOf(call)
      expect(error.code).toBe('NOT_SERVING')
      expect(error.message).toContain(home)
    }
  })

  it('a path that is too long for a unix socket is refused', async () => {
    const socket = join(folder(), 'x'.repeat(100), 'serve.sock')
    const error = await failureOf(() =>
      listenOn(
        socket,
        async () => {},
        () => {},
      ),
    )
    expect(error.code).toBe('HOME_TOO_LONG')
  })
})

describe('embedded mode goes on', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld()
    await world.serve()
  })
  afterEach(() => world.close())

  const stillServes = async (): Promise<void> => {
    const { pid } = world.serving().owner
    const client = keeperClient(join(world.home, 'serve.sock'), () => notServing(world.home))
    expect(await client.services.list()).toEqual([])
    expect(isGone(pid)).toBe(false)
  }

  it.each([
    ['an unknown call', '/services.unknown', '[]'],
    ['arguments that do not fit', '/services.stop', '["shop"]'],
    ['a lease without a project', '/lease', '[]'],
    ['a body that is not JSON', '/services.list', 'nonsense'],
    ['an empty body', '/services.list', ''],
  ])('after %s on its control socket', async (_, path, body) => {
    await send(join(world.home, 'serve.sock'), path, body)
    await stillServes()
  })

  it('after a deploy that died during a call', async () => {
    const socket = connect(join(world.home, 'serve.sock'))
    socket.on('error', () => {})
    await new Promise<void>(resolve => {
      socket.write('POST /services.list HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n[nu', () =>
        resolve(),
      )
    })
    await new Promise<void>(resolve => socket.once('close', () => resolve()).destroy())
    await stillServes()
    await stillServes()
  })
})
