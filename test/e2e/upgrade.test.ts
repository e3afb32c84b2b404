import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openSocket, startLoad } from '../helpers/load.js'
import { works } from '../helpers/works.js'
import { type App, createWorld, type Output, until, type World } from '../helpers/world.js'

interface Version {
  readonly greeting: string
  readonly revision: string
  readonly os_pid: number
}

/** One app, and every way to take it from one version to another. */
describe('an upgrade', () => {
  let world: World
  let app: App

  const version = async (): Promise<Version> => JSON.parse((await app.get('/version')).body)
  const stateFile = (): string => readFileSync(join(app.dir, 'state.json'), 'utf8')
  const live = (): { release: number; slot: string; port: number } => JSON.parse(stateFile()).live
  const releases = (): number[] =>
    readdirSync(join(app.dir, 'deploy', 'releases'))
      .map(Number)
      .sort(ascending)
  /** Returns everything that must stay the same when nothing may change. */
  const everything = async () => ({
    version: await version(),
    state: stateFile(),
    current: readlinkSync(join(app.dir, 'deploy', 'current')),
    releases: releases(),
  })
  const lastMode = async (): Promise<string | null> => (await world.json('history', 'counter'))[0].mode
  const load = async () => {
    const load = await startLoad(world.serving().port, 'counter.localhost', {
      clients: 4,
      sockets: 3,
      pauseMs: 10,
    })
    onTestFinished(async () => void (await load.stop()))
    return load
  }

  const greeting = (text: string) => ({
    'lib/counter.ex': app.read('lib/counter.ex').replace(/@greeting "[^"]*"/, `@greeting "${text}"`),
  })
  const settings = (upgrade: string) => ({
    'gatling.toml': `[health]\nwatch = "200ms"\n\n[upgrade]\n${upgrade}\n`,
  })
  const usual = settings('watch = "300ms"')
  const otherConfig = () => ({
    'config/config.exs': `${app.read('config/config.exs')}config :counter, more: 1\nconfig :counter, Counter.Extra, size: 1\n`,
  })

  const pushed = async (text: string, more = {}): Promise<string> => {
    const revision = await app.commit({ ...greeting(text), ...more }, text)
    await works(app.push())
    return revision
  }

  /** Opens the counter as a browser does. */
  const openCounter = async () => {
    const { socket, messages } = await openSocket(world.serving().port, 'counter.localhost')
    onTestFinished(() => socket.terminate())
    let closed = false
    socket.on('close', () => {
      closed = true
    })
    await expect.poll(() => messages).not.toEqual([])
    return {
      shown: () => Number(messages.at(-1)),
      isClosed: () => closed,
      click: async () => {
        const before = messages.length
        socket.send('+')
        await until(() => messages.length > before, 'the next count')
      },
    }
  }

  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
    app = await world.app('counter')
    await works(app.push())
  })
  afterAll(() => world.close())

  it('is needed before a rollback has a release to go back to', async () => {
    const before = await everything()
    const refused = await world.cli('rollback', 'counter')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('(NO_RELEASE_BEFORE)')
    expect(await everything()).toEqual(before)
  })

  it('of a comment does not touch the running app', async () => {
    const { os_pid, greeting: text } = await version()
    const revision = await app.commit({ 'lib/counter.ex': `# A comment.\n${app.read('lib/counter.ex')}` })
    const push = await works(app.push())
    expect(push.text).toContain('noop: nothing that runs has changed')
    expect(push.text).toContain('the running app was left alone')
    expect(push.text).not.toContain('the new code runs')
    expect(await lastMode()).toBe('noop')
    expect(await version()).toMatchObject({ os_pid, greeting: text, revision })
    expect(live()).toMatchObject({ release: 2, revision })
  })

  it('is hot seven times in a row, and state and connections stay', async () => {
    const before = { ...(await version()), ...live() }
    const counter = await openCounter()
    for (let clicks = 0; clicks < 3; clicks++) await counter.click()
    const requests = await load()
    for (let push = 1; push <= 7; push++) {
      // The watch of the last one is long enough to see requests.
      await pushed(`Hot ${push}`, push === 7 ? settings('watch = "1s"') : {})
      expect(await version()).toMatchObject({ greeting: `Hot ${push}`, os_pid: before.os_pid })
      expect(await lastMode()).toBe('hot')
    }
    const report = await requests.stop()
    const said = await world.cli('history', 'counter', '9')
    expect(said.text).toMatch(
      /before → after: [\d.]+ → [\d.]+ requests\/s, p95 [\d.]+ → [\d.]+ ms, 0 → 0 % errors, memory \d+ MB → \d+ MB/,
    )
    expect(report.failures).toEqual([])
    expect(report.closed).toEqual([])
    expect(counter.isClosed()).toBe(false)
    expect(counter.shown()).toBe(3)
    await counter.click()
    expect(counter.shown()).toBe(4)
    expect(live()).toMatchObject({ release: 9, slot: before.slot, port: before.port })
    expect(releases()).toEqual([1, 5, 6, 7, 8, 9])
  }, 300_000)

  it('can be rolled back hot to any kept release, with the state', async () => {
    const { os_pid } = await version()
    const counter = await openCounter()
    const before = releases()
    const requests = await load()
    const back = await works(world.cli('rollback', 'counter'))
    expect([...back.text.matchAll(/^▸ (\w+)$/gm)].map(match => match[1])).toEqual([
      'check_schema',
      'prepare_service',
      'mix_ecto_rollback',
      'upgrade_service',
      'configure_nginx',
    ])
    expect(back.text).toContain('hot: 1 module (Counter)')
    expect(await lastMode()).toBe('hot')
    expect(await version()).toMatchObject({ greeting: 'Hot 6', os_pid })
    expect(live().release).toBe(8)

    await works(world.cli('rollback', 'counter', '5'))
    expect(await version()).toMatchObject({ greeting: 'Hot 3', os_pid })
    await works(world.cli('rollback', 'counter', '9'))
    expect(await version()).toMatchObject({ greeting: 'Hot 7', os_pid })

    const report = await requests.stop()
    expect(report.failures).toEqual([])
    expect(report.closed).toEqual([])
    expect(counter.isClosed()).toBe(false)
    expect(counter.shown()).toBe(4)
    expect(releases()).toEqual(before)
    expect(readlinkSync(join(app.dir, 'deploy', 'current'))).toBe('releases/9')
  })

  it.each([
    ['rollback', '99', 'RELEASE_GONE'],
    ['rollback', '3', 'RELEASE_GONE'],
    ['rollback', '9', 'RELEASE_GONE'],
    ['rollback', 'yesterday', 'RELEASE_GONE'],
    ['plan', 'no-such-branch', 'REVISION_UNKNOWN'],
    ['plan', 'f'.repeat(40), 'REVISION_UNKNOWN'],
    ['plan', '--help-me', ''],
  ])('is not changed by a refused %s %s', async (command, what, code) => {
    const before = { ...(await everything()), history: await world.json('history', 'counter') }
    const refused = await world.cli(command, 'counter', what)
    expect(refused.code).toBe(code === '' ? 2 : 1)
    expect(refused.stderr).toContain(code)
    expect({ ...(await everything()), history: await world.json('history', 'counter') }).toEqual(before)
  })

  it('is still live after a crash and after a restart of embedded mode', async () => {
    const { os_pid, ...before } = await version()
    const booted = (other: number) =>
      until(async () => {
        const answer = await app.get('/version')
        const now = answer.status === 200 ? (JSON.parse(answer.body) as Version) : null
        return now && now.os_pid !== other ? now : null
      }, 'the app to be back')
    process.kill(os_pid, 'SIGKILL')
    const after = await booted(os_pid)
    expect(after).toMatchObject(before)
    expect(readFileSync(`/proc/${after.os_pid}/environ`, 'utf8')).toContain(
      `deploy/releases/${live().release}\0`,
    )

    await pushed('Hot 8')
    expect(await version()).toMatchObject({ greeting: 'Hot 8', os_pid: after.os_pid })
    await world.stop()
    await world.serve()
    expect(await booted(after.os_pid)).toMatchObject({ greeting: 'Hot 8' })
  })

  describe('that is only planned', () => {
    const planned = {
      'upgrade.mjs': 'export const after_upgrade_service = () => { throw new Error("done!") }\n',
    }

    it('prints what a branch would do, and changes nothing', async () => {
      await app.git('checkout', '-q', '-b', 'try')
      await app.commit({
        ...greeting('Tried'),
        ...planned,
        'lib/counter/more.ex': 'defmodule Counter.More do\nend\n',
      })
      await works(app.push('try'))
      const before = await everything()
      const requests = await load()
      const plan = await works(world.cli('plan', 'counter', 'try'))
      expect(plan.stdout).toContain('hot: 2 modules (Counter, +Counter.More)')
      expect(plan.stdout).toMatch(/^ +modules\n +Counter\n +\+Counter\.More$/m)
      expect(plan.stdout).toMatch(/^ +upgrade_service +after_upgrade_service$/m)
      expect(await requests.stop()).toMatchObject({ failures: [], closed: [] })
      expect(await everything()).toEqual(before)
    })

    it('prints JSON for a script', async () => {
      const before = await everything()
      const plan = await world.json('plan', 'counter', 'try')
      const revision = (await app.git('rev-parse', 'try')).stdout.trim()
      expect(plan).toMatchObject({
        project: 'counter',
        revision,
        from: live().release,
        mode: 'hot',
        reasons: [{ code: 'hot', text: '2 modules (Counter, +Counter.More)' }],
        modules: { added: ['Counter.More'], changed: ['Counter'], removed: [] },
        migrations: [],
        children: { started: [], stopped: [] },
        config: [],
      })
      expect(plan.steps).toContainEqual({ step: 'upgrade_service', hooks: ['after_upgrade_service'] })
      expect(await everything()).toEqual(before)
    })

    it('prints why it could not be hot, and fails in mode hot', async () => {
      await app.commit(otherConfig())
      await works(app.push('try'))
      const before = await everything()
      const plan = await world.json('plan', 'counter', 'try')
      expect(plan).toMatchObject({ mode: 'swap', config: [':counter, Counter.Extra', ':counter, :more'] })
      expect(plan.reasons).toEqual([
        { code: 'config_changed', text: 'config :counter, Counter.Extra changed' },
        { code: 'config_changed', text: 'config :counter, :more changed' },
      ])
      const refused = await world.cli('plan', 'counter', 'try', '--mode', 'hot')
      expect(refused.code).toBe(1)
      expect(refused.text).toContain('config :counter, :more changed')
      expect(refused.text).toContain('HOT_IMPOSSIBLE')
      expect(await everything()).toEqual(before)
      await app.git('checkout', '-q', 'main')
    })

    it('takes the deployed commit by default, and is not a deploy', async () => {
      const before = await everything()
      expect(await world.json('plan', 'counter')).toMatchObject({ mode: 'noop', reasons: [] })
      expect(await everything()).toEqual(before)
      await works(world.cli('redeploy', 'counter'))
      expect(await version()).toEqual(before.version)
    })
  })

  it('is a swap after config set, with the reason', async () => {
    const before = { ...(await version()), ...live() }
    await works(world.cli('config', 'set', 'counter', 'MOTTO=onwards'))
    const again = await works(world.cli('redeploy', 'counter'))
    expect(again.text).toContain('swap: MOTTO was set, changed or unset since the app started')
    expect(await lastMode()).toBe('swap')
    const { os_pid } = await version()
    expect(os_pid).not.toBe(before.os_pid)
    expect(live().slot).not.toBe(before.slot)
    expect(readFileSync(`/proc/${os_pid}/environ`, 'utf8').split('\0')).toContain('MOTTO=onwards')
  })

  it('that needs a swap fails in mode hot and changes nothing', async () => {
    await app.commit({ ...otherConfig(), ...settings('mode = "hot"') })
    const before = await everything()
    const push = await app.push()
    expect(push.code).not.toBe(0)
    expect(push.text).toContain('✗ NOT DEPLOYED: upgrade_service failed')
    expect(push.text).toContain('config :counter, :more changed')
    expect(push.text).toContain('HOT_IMPOSSIBLE')
    expect(push.text).toContain('gatling retry counter --mode swap')
    expect(await everything()).toEqual(before)
    const retried = await works(world.cli('retry', 'counter', '--mode', 'swap'))
    expect(retried.text).toContain('swap: a swap was asked for')
    expect(retried.text).not.toContain('mix compile')
    expect((await version()).os_pid).not.toBe(before.version.os_pid)
    await app.commit(usual)
    await works(app.push())
  })

  it('is a swap in mode swap, even to the live release', async () => {
    const { os_pid, ...before } = await version()
    const swap = await works(world.cli('upgrade', 'counter', '--mode', 'swap'))
    expect(swap.text).toContain('swap: a swap was asked for')
    const after = await version()
    expect(after).toMatchObject(before)
    expect(after.os_pid).not.toBe(os_pid)
    expect(await lastMode()).toBe('swap')
  })

  it('ends before the old version, and the next deploy waits for that', async () => {
    const before = live().release
    const slow = app.get('/slow?ms=14000')
    let isAnswered = false
    void slow.then(() => {
      isAnswered = true
    })
    await works(world.cli('upgrade', 'counter', '--mode', 'swap'))
    expect(isAnswered).toBe(false)
    expect((await world.json('status', 'counter')).apps[0].leaving).toBe(before)
    expect((await world.cli('status')).stdout).toContain(
      `counter: release ${before}, which was live before, still`,
    )
    const next = await works(world.cli('redeploy', 'counter'))
    expect(next.text).toContain('the old version still finishes its requests')
    expect((await slow).status).toBe(200)
    expect((await world.json('status', 'counter')).apps[0].leaving).toBe(null)
  })

  it('whose deploy is killed during the watch is reverted by the app itself', async () => {
    const before = await version()
    const counter = await openCounter()
    await counter.click()
    const requests = await load()
    await app.commit({ ...greeting('Killed'), ...settings('watch = "60s"') })
    const push = app.push()
    await until(async () => (await version()).greeting === 'Killed', 'the new code to run')
    const [{ number }] = await world.json('history', 'counter')
    const claim = JSON.parse(readFileSync(join(app.dir, 'runs', String(number), 'claim.json'), 'utf8')) as {
      pid: number
    }
    process.kill(claim.pid, 'SIGKILL')
    await until(async () => isDeepStrictEqual(await version(), before), 'the old code to run', 30_000)
    expect((await push).code).not.toBe(0)

    await app.commit({ ...greeting('Hot again'), ...usual })
    const next = await works(app.push())
    expect(next.text).toContain('hot: 1 module (Counter)')
    expect(await version()).toMatchObject({ greeting: 'Hot again', os_pid: before.os_pid })
    expect(await requests.stop()).toMatchObject({ failures: [], closed: [] })
    expect(counter.isClosed()).toBe(false)
    expect(counter.shown()).toBe(1)
    expect(releases()).not.toContain(number)
  })

  it.each(['hot', 'swap'])(
    'whose version dies after the watch is reverted before the commit: %s',
    async mode => {
      const before = await version()
      await app.git('branch', '-f', 'good')
      await app.commit({
        ...greeting('Short of breath'),
        ...settings(`watch = "300ms"\nmode = "${mode}"`),
        'upgrade.mjs': `export const after_upgrade_service = async env => {
  const answer = await fetch('http://127.0.0.1:' + env.available_port + '/version')
  process.kill((await answer.json()).os_pid, 'SIGKILL')
}
`,
      })
      const push = await app.push()
      expect(push.code, push.text).not.toBe(0)
      expect(push.text).toMatch(/DIED_SOON|UNHEALTHY_UPGRADE/)
      await until(async () => (await app.get('/version')).status === 200, 'the old version')
      expect((await version()).greeting).toBe(before.greeting)
      await app.git('reset', '-q', '--hard', 'good')
      await pushed(`After that, ${mode}`)
    },
  )

  describe('that answers with errors', () => {
    const errorFile = (): string => join(world.folder, 'error.json')
    /** Returns a version that is healthy, but fails for everybody who asks for its version. */
    const failing = () => ({
      'lib/counter/router.ex': app
        .read('lib/counter/router.ex')
        .replace(
          'defp route("GET", ["version"], _request) do',
          'defp route("GET", ["version"], _request), do: text(500, "no")\n\n  defp route("GET", ["seen"], _request) do',
        ),
      'upgrade.mjs': `import { writeFileSync } from 'node:fs'
export const on_error = ({ error }) => writeFileSync(${JSON.stringify(errorFile())}, JSON.stringify(error))
`,
    })
    const marks = (): { revision: string; code: string }[] =>
      JSON.parse(readFileSync(join(app.dir, 'bad.json'), 'utf8'))
    /** Pushes it while clients request what fails. @returns its revision, which was reverted. */
    const expectReverted = async (mode: 'hot' | 'swap'): Promise<string> => {
      const before = await everything()
      await app.git('branch', '-f', 'good')
      const revision = await app.commit({
        ...failing(),
        'gatling.toml': `[health]\nwatch = "5s"\n\n[upgrade]\nwatch = "5s"\nmode = "${mode}"\n`,
      })
      const requests = await load()
      const push = await app.push()
      await requests.stop()
      expect(push.code, push.text).not.toBe(0)
      expect(push.text).toMatch(/[\d.]+ % of [\d,]+ requests failed since the switch, [\d.]+ % before/)
      expect(push.text).toContain('ERRORS_ROSE')
      expect(push.text).toContain(`revision ${revision.slice(0, 7)} is marked as bad`)
      expect(push.text).toMatch(/Now: {2}release \d+ .* still serves/)
      expect(await everything()).toEqual(before)
      expect(JSON.parse(readFileSync(errorFile(), 'utf8'))).toMatchObject({
        code: 'ERRORS_ROSE',
        step: 'upgrade_service',
      })
      expect(marks().at(-1)).toMatchObject({ revision, code: 'ERRORS_ROSE' })
      rmSync(errorFile())
      return revision
    }
    const expectRefused = async (asked: Promise<Output>): Promise<void> => {
      const refused = await asked
      expect(refused.code, refused.text).not.toBe(0)
      expect(refused.text).toContain('REVISION_BAD')
      expect(refused.text).toMatch(/requests failed since the switch, .* \(ERRORS_ROSE\)/)
      expect(refused.text).toContain('git push -o force')
      expect(refused.text).not.toContain('▸')
      expect(existsSync(errorFile())).toBe(false)
    }
    /** Expects that it is deployed, because now nobody requests what fails. */
    const expectDeployed = async (revision: string, asked: Promise<Output>): Promise<void> => {
      await works(asked)
      expect((await app.get('/version')).status).toBe(500)
      expect(live()).toMatchObject({ revision })
      expect(marks().map(mark => mark.revision)).not.toContain(revision)
      await app.git('reset', '-q', '--hard', 'good')
      await works(app.push('main', '--force'))
    }

    it('is reverted hot, and its revision is refused without --force', async () => {
      const revision = await expectReverted('hot')
      await expectRefused(app.push())
      await expectRefused(world.cli('redeploy', 'counter'))
      await expectRefused(world.cli('retry', 'counter'))
      await expectDeployed(revision, app.push('main', '-o', 'force'))
    })

    it('is reverted by a swap, and its revision is refused until config changes', async () => {
      const revision = await expectReverted('swap')
      await expectRefused(app.push())
      await works(world.cli('config', 'set', 'counter', 'MOTTO=another try'))
      const retried = world.cli('retry', 'counter')
      await expectDeployed(revision, retried)
      expect((await retried).text).toContain('begins with upgrade_service')
    })
  })
})

const ascending = (one: number, other: number): number => one - other
