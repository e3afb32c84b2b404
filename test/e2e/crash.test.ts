import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listRuns } from '../../src/state/runs.js'
import { startLoad } from '../helpers/load.js'
import { type App, collect, createWorld, isGone, lazyVm, run, until, type World } from '../helpers/world.js'

/** Returns a hook file whose hook makes a file and waits, so that a deploy stands still at a chosen place. */
const waitAt = (hook: string, file: string) => `
import { existsSync, writeFileSync } from 'node:fs'
const hook = async () => {
  writeFileSync('${file}', '')
  while (existsSync('${file}')) await new Promise(resolve => setTimeout(resolve, 20))
}
export { hook as ${hook} }
`

const settings = (mode: 'auto' | 'swap'): string =>
  `[health]\nwatch = "0s"\n\n[upgrade]\nmode = "${mode}"\nwatch = "0s"\n`

describe('an interruption', () => {
  let world: World
  let app: App
  let number = 0

  const version = async () => JSON.parse((await app.get('/version')).body)
  const gate = (): string => join(world.folder, 'gate')
  const open = (): Promise<unknown> => run(['rm', '-f', gate()])
  /** Lists the runs as `gatling history` does, without a process for each look. */
  const runs = async () =>
    listRuns(world.home, 'counter')
      .reverse()
      .map(({ number, state, result }) => ({ number, state, failed_step: result?.step ?? null }))
  const processesOf = (mark: string): number[] =>
    readdirSync('/proc')
      .map(Number)
      .filter(pid => {
        try {
          return pid > 0 && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark) && !isGone(pid)
        } catch {
          return false
        }
      })
  const jobs = (): number[] => processesOf(`GATLING_RUN=${world.home}:`)
  const instances = (): number[] =>
    processesOf(`GATLING_INSTANCE=${app.dir}/`).filter(pid => commandOf(pid).includes('beam.smp'))
  const commandOf = (pid: number): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    } catch {
      return ''
    }
  }
  const greeting = (text: string) => ({
    'lib/counter.ex': app.read('lib/counter.ex').replace(/@greeting "[^"]*"/, `@greeting "${text}"`),
  })
  /** Commits a version whose deploy stops in a hook, and pushes it without waiting for the end. */
  const pushAndWaitAt = async (hook: string, text: string, mode: 'auto' | 'swap' = 'auto') => {
    const files = { 'upgrade.mjs': waitAt(hook, gate()), 'gatling.toml': settings(mode) }
    await app.commit({ ...greeting(text), ...files }, text)
    const push = app.push()
    await until(() => existsSync(gate()), `the deploy to reach ${hook}`)
    number = (await runs())[0]?.number ?? 0
    const claim = JSON.parse(readFileSync(join(app.dir, 'runs', String(number), 'claim.json'), 'utf8')) as {
      pid: number
    }
    return { push, pid: claim.pid }
  }
  const pushFreely = async (text: string) => {
    await app.commit({ ...greeting(text), 'upgrade.mjs': null, 'gatling.toml': settings('auto') }, text)
    const push = await app.push()
    expect(push.code, push.text).toBe(0)
    expect((await version()).greeting).toBe(text)
    expect(instances()).toHaveLength(1)
  }

  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
    app = await world.app('counter', 'counter', lazyVm)
    const push = await app.push()
    expect(push.code, push.text).toBe(0)
  })
  afterAll(() => world.close())

  it.each([
    ['before_mix_deps_get', 'auto'],
    ['before_mix_compile', 'auto'],
    ['after_mix_release', 'auto'],
    ['after_copy_release_to_upgrade', 'auto'],
    ['after_upgrade_service', 'auto'],
    ['after_upgrade_service', 'swap'],
    ['after_configure_nginx', 'auto'],
    ['after_configure_nginx', 'swap'],
  ] as const)('by kill -9 in %s (%s) leaves the old version live and nothing else', async (hook, mode) => {
    const before = await version()
    const { push, pid } = await pushAndWaitAt(hook, `Killed in ${hook}, ${mode}`, mode)
    process.kill(pid, 'SIGKILL')
    const killed = await push
    expect(killed.code).not.toBe(0)
    expect(killed.text).toMatch(/interrupted: its process was killed in \w+/)
    expect(killed.text).toMatch(/Now: {2}release \d+ .* still serves/)
    expect(killed.text).toContain('Next: Nothing is left to undo. Push again')
    await until(async () => isDeepStrictEqual(await version(), before), 'the old version to serve')
    await until(() => instances().length === 1, 'one instance')
    expect(await version()).toEqual(before)
    expect((await runs())[0]?.state).toBe('interrupted')

    await pushFreely(`After ${hook}`)
    expect((await runs()).find(other => other.number === number)).toMatchObject({
      state: 'interrupted',
      failed_step: hook.replace(/^(before|after)_/, ''),
    })
    await until(() => jobs().length === 0, 'every process of the deploys to end')
    expect(readdirSync(join(app.dir, 'deploy', 'releases'))).not.toContain(String(number))
    await open()
  })

  it('by kill -9 after the commit leaves the new version live, and the push reports it', async () => {
    const { push, pid } = await pushAndWaitAt('finally', 'Killed once it served', 'swap')
    process.kill(pid, 'SIGKILL')
    const killed = await push
    expect(killed.code, killed.text).toBe(0)
    expect(killed.text).toContain('its process was killed, but the new release is live')
    expect((await version()).greeting).toBe('Killed once it served')
    await until(() => instances().length === 1, 'one instance')
    await expect.poll(async () => (await runs())[0]?.state).toBe('ok')
    await open()
    await pushFreely('After the commit')
  })

  it('by kill -9 during a command ends the command, and the next push works', async () => {
    await app.commit({ 'lib/counter/slow.ex': 'Process.sleep(30_000)\n', 'upgrade.mjs': null })
    const push = app.push()
    const pids = await until(() => (jobs().length > 1 ? jobs() : null), 'mix to run')
    const run = (await runs())[0]
    const claim = JSON.parse(
      readFileSync(join(app.dir, 'runs', String(run?.number), 'claim.json'), 'utf8'),
    ) as { pid: number }
    process.kill(claim.pid, 'SIGKILL')
    await push
    await app.commit({ 'lib/counter/slow.ex': null })
    await pushFreely('After mix was killed')
    await until(() => pids.every(isGone), 'the orphaned mix to end')
  })

  it('of the pusher does not stop the deploy, which can be watched again', async () => {
    await app.commit({
      ...greeting('Without its pusher'),
      'upgrade.mjs': waitAt('before_mix_digest', gate()),
    })
    const push = app.git('push', 'production', 'main')
    await until(() => existsSync(gate()), 'the deploy')
    for (const pid of processesOf(`GATLING_HOME=${world.home}`)) {
      if (/git\0push|receive-pack|gatling\.js\0receive/.test(commandOf(pid))) process.kill(pid, 'SIGKILL')
    }
    await push
    const attached = world.spawnCli('attach', 'counter')
    const ended = collect(attached)
    await once(attached.stderr, 'data')
    await open()
    const watched = await ended
    expect(watched.code, watched.text).toBe(0)
    expect(watched.text).toContain('▸ mix_deps_get')
    expect(watched.text).toContain('is live')
    expect((await version()).greeting).toBe('Without its pusher')
    const again = await app.push()
    expect(again.text).toContain('Everything up-to-date')
  })

  it('of the watcher for git does not stop the deploy, and the push reports it', async () => {
    await app.commit({ ...greeting('Out of sight'), 'upgrade.mjs': waitAt('before_mix_digest', gate()) })
    const push = app.push()
    await until(() => existsSync(gate()), 'the deploy')
    for (const pid of processesOf(`GATLING_HOME=${world.home}`))
      if (/gatling\.js\0receive/.test(commandOf(pid))) process.kill(pid, 'SIGKILL')
    const blind = await push
    expect(blind.code).not.toBe(0)
    expect(blind.text).toContain(
      'no longer sees its deploy. If the deploy had begun, it goes on: gatling attach counter',
    )
    await open()
    await until(async () => (await version()).greeting === 'Out of sight', 'the deploy to end')
    await until(async () => (await runs())[0]?.state === 'ok', 'its record')
  })

  it('by cancel undoes the deploy, and the push and the command report it', async () => {
    const before = await version()
    const { push } = await pushAndWaitAt('after_upgrade_service', 'Cancelled')
    const cancel = await world.cli('cancel', 'counter')
    expect(cancel.code, cancel.text).toBe(0)
    expect(cancel.text).toMatch(/is cancelled; release \d+ .* still serves/)
    const cancelled = await push
    expect(cancelled.code).not.toBe(0)
    expect(cancelled.text).toContain('cancelled by ')
    expect(await version()).toEqual(before)
    expect((await runs())[0]?.state).toBe('cancelled')
    expect(instances()).toHaveLength(1)
    expect((await world.cli('cancel', 'counter')).text).toContain('no deploy of counter is running')
    expect((await world.cli('attach', 'counter')).code).toBe(1)
    await open()
  })

  it('by a newer push replaces the waiting pushes, but a plan replaces none', async () => {
    const asked = (await runs()).length
    const { push: first } = await pushAndWaitAt('before_mix_compile', 'The first')
    await app.commit({ ...greeting('The second'), 'upgrade.mjs': null }, 'The second')
    const second = app.push()
    await until(async () => (await runs())[0]?.state === 'queued', 'the second to wait')
    const newest = await app.commit(greeting('The third'), 'The third')
    const third = app.push()
    const skipped = await second
    expect(skipped.code).not.toBe(0)
    expect(skipped.text).toMatch(
      /Waiting for deploy \d+ of [0-9a-f]{7}, asked for by .+ ago, now in mix_compile\.\n.*gatling cancel counter/,
    )
    expect(skipped.text).toContain('took its place')
    expect(skipped.text).toContain('Next: Nothing to do: the newer deploy includes this commit.')
    const plan = world.cli('plan', 'counter', newest)
    await until(async () => (await runs()).length === asked + 4, 'the plan to wait')
    await open()
    expect((await first).code).toBe(0)
    expect((await third).code).toBe(0)
    const planned = await plan
    expect(planned.code, planned.text).toBe(0)
    expect((await version()).greeting).toBe('The third')
    expect((await runs()).slice(0, 4).map(({ state }) => state)).toEqual(['ok', 'ok', 'skipped', 'ok'])
    const tip = await app.git('ls-remote', 'production', 'main')
    expect(tip.stdout).toContain((await app.git('rev-parse', 'HEAD')).stdout.trim())
  })

  it('by a later rollback replaces a waiting push, but no push replaces it', async () => {
    const { push: first } = await pushAndWaitAt('before_mix_compile', 'Before the rollback')
    await app.commit({ ...greeting('Replaced'), 'upgrade.mjs': null }, 'Replaced')
    const second = app.push()
    await until(async () => (await runs())[0]?.state === 'queued', 'the second to wait')
    const back = world.cli('rollback', 'counter')
    const replaced = await second
    expect(replaced.code).not.toBe(0)
    expect(replaced.text).toMatch(/the newer rollback \d+ took its place/)
    const asked = (await runs()).length
    await app.commit(greeting('After the rollback'), 'After the rollback')
    const third = app.push()
    await until(async () => (await runs()).length > asked, 'the third to wait')
    await open()
    expect((await first).code).toBe(0)
    expect((await back).code, (await back).text).toBe(0)
    expect((await third).code, (await third).text).toBe(0)
    expect((await runs()).slice(0, 4).map(({ state }) => state)).toEqual(['ok', 'ok', 'skipped', 'ok'])
    expect((await version()).greeting).toBe('After the rollback')
  })

  it('by an upgrade does not happen: it deploys what the last push brought', async () => {
    const { push } = await pushAndWaitAt('before_mix_compile', 'Before the upgrade')
    const asked = (await runs()).length
    const upgrade = world.cli('upgrade', 'counter')
    await until(async () => (await runs()).length > asked, 'the upgrade to wait')
    await open()
    expect((await push).code).toBe(0)
    await until(() => existsSync(gate()), 'the upgrade to have its turn')
    await open()
    const upgraded = await upgrade
    expect(upgraded.code, upgraded.text).toBe(0)
    expect(upgraded.text).toMatch(/counter: upgrade \d+ of [0-9a-f]{7} "Before the upgrade"/)
    expect((await version()).greeting).toBe('Before the upgrade')
  })

  it('by another push makes a queued push fail that is not based on it', async () => {
    const { push: first } = await pushAndWaitAt('before_mix_compile', 'Mine')
    const elsewhere = join(world.folder, 'elsewhere')
    await run(['git', 'clone', '-q', app.repository, elsewhere])
    await run([
      'git',
      '-C',
      elsewhere,
      '-c',
      'user.name=Joe',
      '-c',
      'user.email=joe@example.com',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'Theirs',
    ])
    const theirs = run(['git', '-C', elsewhere, 'push', 'origin', 'main'], { env: world.env })
    await until(async () => (await runs())[0]?.state === 'queued', 'the other to wait')
    await open()
    expect((await first).code).toBe(0)
    const refused = await theirs
    expect(refused.code).not.toBe(0)
    expect(refused.text).toContain('BRANCH_MOVED')
    expect((await version()).greeting).toBe('Mine')
  })

  it('of one deploy does not stop the deploy of another app', async () => {
    const { push } = await pushAndWaitAt('before_mix_compile', 'Slow to deploy')
    const hello = await world.app('hello')
    expect((await hello.push()).code).toBe(0)
    expect((await hello.get('/')).status).toBe(200)
    await open()
    expect((await push).code).toBe(0)
  })

  it('of the app by kill -9 makes Gatling restart it, and status reports that', async () => {
    const { os_pid } = await version()
    process.kill(os_pid, 'SIGKILL')
    await until(
      async () => ((await app.get('/version')).status === 200 ? (await version()).os_pid !== os_pid : false),
      'the app to be back',
    )
    const status = await world.cli('status')
    expect(status.text).toContain('counter has died and was restarted 1 time:')
  })

  it('of embedded mode by kill -9 ends with the next serve, which restarts every app', async () => {
    const before = await version()
    await world.stop('SIGKILL')
    expect((await world.cli('status')).text).toContain('Embedded mode is not running')
    await world.serve()
    const after = await until(async () => {
      const answer = await app.get('/version')
      return answer.status === 200 ? JSON.parse(answer.body) : null
    }, 'the app to be back')
    expect(after.greeting).toBe(before.greeting)
    expect(after.os_pid).not.toBe(before.os_pid)
    expect(isGone(before.os_pid)).toBe(true)
    expect(instances()).toHaveLength(1)
    await pushFreely('After serve was killed')
  })

  it('by the end of serve closes open sockets and leaves no process', async () => {
    const load = await startLoad(world.serving().port, 'counter.localhost', { clients: 0, sockets: 3 })
    await world.stop()
    expect((await load.stop()).closed).toEqual(Array(3).fill(1012))
    expect(processesOf(`GATLING_INSTANCE=${world.home}/`)).toEqual([])
    expect(existsSync(join(world.home, 'serve.json'))).toBe(false)
    await world.serve()
  })

  it('by the end of serve fails a deploy, and the next serve has the old version', async () => {
    const isBack = () => until(async () => (await app.get('/version')).status === 200, 'the app')
    await isBack()
    const before = await version()
    const { push } = await pushAndWaitAt('after_upgrade_service', 'Without its serve', 'swap')
    await world.stop()
    expect(processesOf(`GATLING_INSTANCE=${world.home}/`)).toEqual([])
    await open()
    const pushed = await push
    expect(pushed.code, pushed.text).not.toBe(0)
    expect(pushed.text).toContain('NOT_SERVING')
    expect(processesOf(`GATLING_INSTANCE=${world.home}/`)).toEqual([])
    await world.serve()
    await isBack()
    expect((await version()).greeting).toBe(before.greeting)
    await pushFreely('After its serve')
  })

  it('by a second serve for the same home is refused', async () => {
    const second = await world.cli('serve', '--port', '0')
    expect(second.code).toBe(1)
    expect(second.text).toContain('ALREADY_SERVING')
  })
})
