import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { works } from '../helpers/works.js'
import {
  type App,
  createWorld,
  get,
  lazyVm,
  type Output,
  run,
  until,
  unwatched,
  type World,
} from '../helpers/world.js'

interface Release {
  readonly release: number
  readonly outcome: string
  readonly serves: boolean
  readonly pinned: boolean
  readonly bytes: number | null
  readonly subject: string
}

describe('the releases of an app', () => {
  let world: World
  let app: App
  const folder = (name: 'releases' | 'failed'): number[] => {
    const path = join(app.dir, 'deploy', name)
    return existsSync(path)
      ? readdirSync(path)
          .map(Number)
          .sort((one, other) => one - other)
      : []
  }
  const greeting = async (): Promise<string> => JSON.parse((await app.get('/version')).body).greeting
  const greet = (text: string): Record<string, string> => ({
    'lib/counter.ex': app.read('lib/counter.ex').replace(/@greeting ".*"/, `@greeting "${text}"`),
  })
  const pushed = async (text: string, files: Record<string, string> = {}): Promise<Output> => {
    await app.commit({ ...greet(text), ...files }, text)
    return works(app.push())
  }
  /** Returns a variable from the environment of the running app. */
  const given = async (name: string): Promise<string | undefined> => {
    const { os_pid } = JSON.parse((await app.get('/version')).body)
    return new RegExp(`\\0${name}=([^\\0]*)`).exec(readFileSync(`/proc/${os_pid}/environ`, 'utf8'))?.[1]
  }
  const colour = (): Promise<string | undefined> => given('COLOUR')
  const status = async (host: string): Promise<number> => (await get(world.serving().port, host, '/')).status
  const listed = async (): Promise<Release[]> => (await world.json('releases', 'counter')) as Release[]
  const stepsOf = (output: Output): string[] =>
    [...output.text.matchAll(/^▸ (\w+)$/gm)].map(match => match[1] ?? '')

  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
    app = await world.app('counter', 'counter', lazyVm)
    await works(app.push())
    await pushed('Two')
    await pushed('Three')
  })
  afterAll(() => world.close())

  it('are listed with their outcome, their author and their size', async () => {
    const { stdout } = await works(world.cli('releases', 'counter'))
    expect(stdout).toMatch(/^RELEASE +OUTCOME +MODE +COMMIT +BY +WHEN +SIZE/)
    expect(stdout).toMatch(/^3 +good +hot .* MB +serves, Three$/m)
    expect(stdout).toMatch(/^1 +good +start .* MB +First version$/m)
    await works(world.cli('rollback', 'counter'))
    const [three, two] = await listed()
    expect(three).toMatchObject({ release: 3, outcome: 'rolled back', serves: false })
    expect(two).toMatchObject({ release: 2, outcome: 'good', serves: true })
  })

  it('can be compared by commits, modules and names of config values', async () => {
    const compared = await world.json('compare', 'counter', '1', '3')
    expect(compared).toMatchObject({
      from: { release: 1, subject: 'First version' },
      to: { release: 3, subject: 'Three' },
      commits: { added: [{ subject: 'Three' }, { subject: 'Two' }], removed: [] },
      config: [],
      code: {
        modules: { added: [], changed: ['Counter'], removed: [] },
        files: false,
        migrations: { added: [], removed: [] },
      },
    })
    // Without a second release it compares with the live one.
    const { stdout } = await works(world.cli('compare', 'counter', '3'))
    expect(stdout).toMatch(/from release 3 to release 2[\s\S]*1 commit less\n {2}\w{7} .* Three\n/)
    const refused = await world.cli('compare', 'counter', '1', '99')
    expect(refused.text).toContain('(RELEASE_NOT_THERE)')
  })

  it('run in a node whose figures metrics shows, unless it is silent', async () => {
    const { figures } = (await world.json('metrics', 'counter', '--node')) as {
      figures: { name: string; value: number; limit: number | null }[]
    }
    const of = (name: string) => figures.find(one => one.name === name)
    expect(of('processes')?.value).toBeGreaterThan(50)
    expect(of('atoms')?.limit).toBe(1_048_576)
    expect(of('memory_total')?.value).toBeGreaterThan(10 * 1_024 * 1_024)
    const { os_pid } = JSON.parse((await app.get('/version')).body)
    process.kill(Number(os_pid), 'SIGSTOP')
    const silent = await world.cli('metrics', 'counter', '--node')
    process.kill(Number(os_pid), 'SIGCONT')
    expect(silent.text).toContain('did not answer Gatling within 3 s')
    expect(silent.text).toContain('(NODE_SILENT)')
    expect((await world.cli('metrics', '--node')).code).toBe(2)
  })

  it('stay when they are pinned, at any age', async () => {
    const keep = { 'gatling.toml': `${unwatched}\n[releases]\nkeep = 2\n` }
    await works(world.cli('releases', 'counter', '--pin', '2'))
    const refused = await world.cli('releases', 'counter', '--pin', '99')
    expect(refused.text).toContain('(RELEASE_NOT_THERE)')
    await pushed('Five', keep)
    await pushed('Six')
    await pushed('Seven')
    // The node booted from release 1.
    expect(folder('releases')).toEqual([1, 2, 6, 7])
    await works(world.cli('rollback', 'counter', '2'))
    expect(await greeting()).toBe('Two')
    await works(world.cli('releases', 'counter', '--unpin', '2'))
    await pushed('Nine')
    expect(folder('releases')).not.toContain(2)
  })

  it('that cannot be removed are reported, and the others are removed', async () => {
    const [first = 0, second = 0] = folder('releases').filter(number => number > 2)
    const held = join(app.dir, 'deploy', 'releases', String(first), 'held')
    mkdirSync(held)
    await run(['mount', '-t', 'tmpfs', 'none', held])
    try {
      await pushed('Ten')
      const { text } = await pushed('Eleven')
      expect(text).toMatch(/warning: could not remove something that is no longer needed: .*EBUSY/)
      expect(folder('releases')).toContain(first)
      expect(folder('releases')).not.toContain(second)
    } finally {
      await run(['umount', held])
    }
    const { text } = await pushed('Twelve')
    expect(text).not.toContain('warning')
    expect(folder('releases')).not.toContain(first)
  })

  it('take back config values and domains, unless with --code-only', async () => {
    const key = async (): Promise<string> =>
      (await world.cli('config', 'get', 'counter', 'COLOUR')).stdout.trim()
    await works(world.cli('config', 'set', 'counter', 'COLOUR=red'))
    await pushed('Red', { domains: 'old.localhost\ncounter.localhost\n' })
    await works(world.cli('config', 'set', 'counter', 'COLOUR=blue'))
    await pushed('Blue', { domains: 'new.localhost\ncounter.localhost\n' })
    expect(await colour()).toBe('blue')
    expect(await status('new.localhost')).toBe(200)

    await works(world.cli('config', 'set', 'counter', 'LATER=1'))
    const outlook = (await world.json('rollback', 'counter', '--dry-run')) as Record<string, unknown>
    expect(outlook).toMatchObject({
      to: { subject: 'Red', by: expect.any(String) },
      mode: 'swap',
      config: expect.arrayContaining(['COLOUR', 'LATER']),
      domains: { added: ['old.localhost'], removed: ['new.localhost'] },
      schema: { left: [], lacking: [], unknown: null, restore: null },
      refusal: null,
    })
    expect(JSON.stringify(outlook)).not.toMatch(/red|blue/)
    expect(await world.json('rollback', 'counter', '--dry-run', '--code-only')).toMatchObject({
      mode: 'hot',
      config: [],
      domains: { added: [], removed: [] },
    })
    await works(world.cli('config', 'unset', 'counter', 'LATER'))
    expect(await greeting()).toBe('Blue')

    await works(world.cli('rollback', 'counter'))
    expect(await greeting()).toBe('Red')
    expect(await colour()).toBe('red')
    expect(await key()).toBe('red')
    expect(await status('old.localhost')).toBe(200)
    expect(await status('new.localhost')).toBe(404)
    expect(await given('PHX_HOST')).toBe('old.localhost')

    await works(world.cli('rollback', 'counter', String((await listed())[0]?.release)))
    expect(await colour()).toBe('blue')
    await works(world.cli('rollback', 'counter', '--code-only'))
    expect(await greeting()).toBe('Red')
    expect(await colour()).toBe('blue')
    expect(await key()).toBe('blue')
    expect(await status('new.localhost')).toBe(200)
    expect(await given('PHX_HOST')).toBe('new.localhost')

    // After a restart or a crash it has the values that it was deployed with.
    await works(world.cli('config', 'set', 'counter', 'COLOUR=green'))
    await world.stop()
    await world.serve()
    await until(async () => (await app.get('/version')).status === 200, 'the app')
    expect(await greeting()).toBe('Red')
    expect(await colour()).toBe('blue')
    expect(await given('PHX_HOST')).toBe('new.localhost')
    expect(await key()).toBe('green')
    await works(world.cli('redeploy', 'counter'))
    expect(await colour()).toBe('green')
  })

  it('are kept aside after a failed deploy, and a retry continues with them', async () => {
    const before = folder('releases')
    const runtime = app.read('config/runtime.exs')
    await app.commit({
      ...greet('Needs a key'),
      // Written like this, Gatling cannot see the missing value before the build.
      'config/runtime.exs': `${runtime}\nMap.fetch!(System.get_env(), "API_KEY")\n`,
    })
    const failed = await app.push()
    expect(failed.code).not.toBe(0)
    expect(folder('releases')).toEqual(before)
    const [number] = folder('failed')
    expect((await listed())[0]).toMatchObject({ release: number, outcome: 'failed', serves: false })
    expect((await listed())[0]?.bytes).toBeGreaterThan(1_000_000)

    await works(world.cli('config', 'set', 'counter', 'API_KEY=12345678'))
    const retried = await works(world.cli('retry', 'counter'))
    expect(stepsOf(retried)).toEqual(['upgrade_service', 'configure_nginx'])
    expect(retried.text).toContain(`Release ${number} is live`)
    expect(await greeting()).toBe('Needs a key')
    expect(folder('failed')).toEqual([])
    expect((await listed())[0]).toMatchObject({ release: number, outcome: 'good', serves: true })
    const again = await world.cli('retry', 'counter')
    expect(again.text).toContain('(RETRY_NOTHING)')
  })

  it('are kept aside again after a failed retry', async () => {
    const text = await greeting()
    await app.commit({
      ...greet('Refuses'),
      'upgrade.mjs': 'export const after_upgrade_service = () => { throw new Error("no") }',
    })
    expect((await app.push()).code).not.toBe(0)
    const [number] = folder('failed')
    const retried = await world.cli('retry', 'counter', '--from', 'upgrade_service')
    expect(retried.code).toBe(1)
    expect(retried.text).toContain('(HOOK_FAILED)')
    expect(folder('failed')).toEqual([number])
    expect(folder('releases')).not.toContain(number)
    expect(await greeting()).toBe(text)
    const late = await world.cli('retry', 'counter', '--from', 'configure_nginx')
    expect(late.text).toContain('(RETRY_FROM)')
    expect(late.text).toContain('upgrade_service')
    const slip = await world.cli('retry', 'counter', '--from', 'upgrade_servic')
    expect(slip.text).toContain('did you mean upgrade_service?')
  })

  it('are built again by a retry from an earlier step', async () => {
    const broken = {
      ...greet('Fixed'),
      'upgrade.mjs':
        'export const before_mix_release = () => { if (!process.env.GO) throw new Error("not yet") }',
    }
    await app.commit(broken, 'Not yet')
    expect((await app.push()).code).not.toBe(0)
    await works(world.cli('config', 'set', 'counter', 'GO=yes'))
    const retried = await works(world.cli('retry', 'counter'))
    expect(stepsOf(retried)[0]).toBe('mix_release')
    expect(await greeting()).toBe('Fixed')
    await app.commit({ 'upgrade.mjs': null }, 'Without the hook')
    await works(app.push())
  })
})

describe('a disk with little room', () => {
  let world: World
  let app: App
  beforeAll(async () => {
    world = await createWorld()
    mkdirSync(world.home)
    const mounted = await run(['mount', '-t', 'tmpfs', '-o', 'size=300m,mode=700', 'tmpfs', world.home])
    expect(mounted.code, mounted.text).toBe(0)
    await world.serve()
    app = await world.app('counter', 'counter', lazyVm)
    const first = await app.push()
    expect(first.code, first.text).toBe(0)
  })
  afterAll(async () => {
    await world.stop()
    await run(['umount', '-l', world.home])
    await world.close()
  })

  it('stops a deploy before anything has changed', async () => {
    const filler = join(world.home, 'filler')
    await app.commit({ 'lib/counter.ex': `${app.read('lib/counter.ex')}\n# more\n` })
    await run([
      'sh',
      '-c',
      `fallocate -l $(($(df --output=avail -B1 ${world.home} | tail -1) - 30000000)) ${filler}`,
    ])
    const refused = await app.push()
    expect(refused.code).not.toBe(0)
    expect(refused.text).toMatch(/no space left for a build\. It needs about \d+ MB .* \d+ MB free/)
    expect(refused.text).toContain('(DISK_SHORT)')
    expect(refused.text).not.toContain('▸')
    expect((await app.get('/')).status).toBe(200)
    rmSync(filler)
    const taken = await app.push()
    expect(taken.code, taken.text).toBe(0)
  })
})
