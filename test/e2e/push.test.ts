import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeName } from '../../src/core/slot.js'
import { openSocket, startLoad } from '../helpers/load.js'
import { type App, bin, createWorld, isGone, must, run, until, type World } from '../helpers/world.js'

const hot = '[health]\nwatch = "200ms"\n\n[upgrade]\nwatch = "300ms"\n'
const swapping = '[health]\nwatch = "200ms"\n\n[upgrade]\nmode = "swap"\n'

describe('git push', () => {
  let world: World
  let app: App
  const greeting = (text: string) => ({
    'lib/counter.ex': app.read('lib/counter.ex').replace(/@greeting "[^"]*"/, `@greeting "${text}"`),
  })
  const version = async () => JSON.parse((await app.get('/version')).body)
  const live = () => JSON.parse(readFileSync(join(app.dir, 'state.json'), 'utf8')).live
  const lastMode = async () => (await world.json('history', 'counter'))[0].mode

  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
    app = await world.app('counter', 'counter', { 'gatling.toml': hot })
  })
  afterAll(() => world.close())

  it('is needed before an app answers anything but 404', async () => {
    expect((await app.get('/')).status).toBe(404)
    const { stdout } = await world.cli('status')
    expect(stdout).toContain('not deployed')
  })

  it('deploys the first push, step by step, in the order of the list', async () => {
    const push = await app.push()
    expect(push.code, push.text).toBe(0)
    const steps = [...push.text.matchAll(/^▸ (\w+)$/gm)].map(match => match[1])
    expect(steps).toEqual([
      'mix_deps_get',
      'mix_compile',
      'mix_digest',
      'mix_release_init',
      'mix_release',
      'make_deploy_dir',
      'copy_release_to_deploy',
      'expand_release',
      'install_init_script',
      'mix_ecto_setup',
      'mix_ecto_migrate',
      'start_service',
      'configure_nginx',
    ])
    expect(push.text).toMatch(/✓ Release 1 is live at http:\/\/counter\.localhost:\d+/)
    expect((await version()).greeting).toBe('Hello from version one')
    expect((await app.get('/')).body).toContain('Hello from version one')
  })

  it('gives the app the variables and assets that Phoenix needs', async () => {
    const page = (await app.get('/')).body
    expect(page).toMatch(/\/assets\/app-[0-9a-f]+\.css/)
    const { pid } = (await world.json('status')).apps[0] ?? {}
    expect(pid).toBeUndefined()
    const environ = readFileSync(`/proc/${(await version()).os_pid}/environ`, 'utf8').split('\0')
    expect(environ).toContain('PHX_SERVER=true')
    expect(environ).toContain('PHX_HOST=counter.localhost')
    expect(environ).toContain(`RELEASE_NODE=${nodeName('counter', 'a')}`)
    expect(environ.filter(line => /^(MIX_|GIT_|npm_)/.test(line))).toEqual([])
    const secret = environ.find(line => line.startsWith('SECRET_KEY_BASE='))
    expect(secret?.length).toBeGreaterThan(64)
  })

  it('upgrades the running app hot without a failed request or closed socket', async () => {
    const before = { ...(await version()), ...live() }
    const { socket, messages } = await openSocket(world.serving().port, 'counter.localhost')
    for (const _ of 'abc') socket.send('+')
    await expect.poll(() => messages).toContain('3')
    const load = await startLoad(world.serving().port, 'counter.localhost')
    const revision = await app.commit(greeting('Hello again'))
    const push = await app.push()
    const report = await load.stop()
    expect(push.code, push.text).toBe(0)
    expect(push.text).toContain('hot: 1 module (Counter)')
    expect(push.text).toContain('it was not restarted')
    expect([...push.text.matchAll(/^▸ (\w+)$/gm)].map(match => match[1])).toEqual([
      'mix_deps_get',
      'mix_compile',
      'mix_digest',
      'mix_release_init',
      'mix_release',
      'make_upgrade_dir',
      'copy_release_to_upgrade',
      'mix_ecto_migrate',
      'upgrade_service',
      'configure_nginx',
    ])
    expect(report.failures).toEqual([])
    expect(report.requests).toBeGreaterThan(100)
    expect(report.closed).toEqual([])
    const { os_pid, slot, port } = before
    expect(await version()).toMatchObject({ greeting: 'Hello again', revision, os_pid })
    expect(live()).toMatchObject({ release: 2, revision, slot, port })
    expect(await lastMode()).toBe('hot')
    expect(readlinkSync(join(app.dir, 'deploy', 'current'))).toBe('releases/2')
    socket.send('+')
    await expect.poll(() => messages.at(-1)).toBe('4')
    socket.terminate()
  })

  it('deploys an app in which console evaluates its input', async () => {
    const { env } = world
    const console = (input: string) => run([process.execPath, bin, 'console', 'counter'], { env, input })
    const dumb = ['script', '-qec', `${process.execPath} ${bin} console counter`, '/dev/null'] as const
    const [evaluated, raised, nothing, refused] = await Promise.all([
      console('IO.inspect({node(), Counter.greeting()})'),
      console('raise "no"'),
      console(''),
      run(dumb, { env: { ...env, TERM: 'dumb' } }),
    ])
    expect(evaluated).toMatchObject({
      code: 0,
      stdout: `{:"${nodeName('counter', live().slot)}", "Hello again"}\n`,
    })
    expect(raised).toMatchObject({ code: 1, stderr: expect.stringContaining('(RuntimeError) no\n') })
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining('no terminal, and no input') })
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('(NO_TERMINAL)') })
  })

  it('deploys an app with whose environment run starts programs', async () => {
    const ran = (...words: readonly string[]) =>
      run([process.execPath, bin, 'run', 'counter', ...words], { env: world.env })
    const expected = { code: 0, stdout: 'localhost\n' }
    const program = ['sh', '-c', 'test -n "$SECRET_KEY_BASE" && echo "${PHX_HOST#*.}"'] as const
    expect(await ran(...program)).toMatchObject(expected)
    expect(await ran('--', ...program)).toMatchObject(expected)
    expect(await ran('--')).toMatchObject({ code: 2 })
  })

  it('keeps deps and _build, so that a small change compiles one file', async () => {
    await app.commit(greeting('A third time'))
    const push = await app.push()
    expect(push.text).toContain('Compiling 1 file (.ex)')
  })

  it('deploys the commit of a tag, and ends programs that its hooks left', async () => {
    const hook = `export const before_mix_compile = (env, { bash }) =>
      bash('sh', ['-c', 'setsid sleep 600 & echo left $!'])`
    const revision = await app.commit({ 'upgrade.mjs': hook })
    await app.git('tag', '-a', 'v3', '-m', 'An annotated tag')
    const push = await app.push('v3:main')
    expect(push.code, push.text).toBe(0)
    const [, left] = /^ *left (\d+)$/m.exec(push.text) ?? []
    await until(() => isGone(Number(left)), 'the end of what a hook has left', 10_000)
    expect(live().revision).toBe(revision)
    for (const name of ['main', 'refs/remotes/production/main'])
      expect((await app.git('rev-parse', name)).stdout.trim()).toBe(revision)
    expect((await app.git('ls-remote', 'production', 'main')).stdout).toContain(revision)
    await app.commit({ 'upgrade.mjs': null })
  })

  it('reads a changed version from mix.exs or from a file that it reads', async () => {
    const mixExs = app.read('mix.exs')
    await app.commit({ 'mix.exs': mixExs.replace('version: "0.1.0"', 'version: "0.2.0"') })
    expect((await app.push()).code).toBe(0)
    expect((await world.json('status')).apps[0].version).toBe('0.2.0')
    expect((await version()).version).toBe('0.2.0')
    const fromFile = mixExs.replace('version: "0.1.0"', 'version: String.trim(File.read!("VERSION"))')
    for (const written of ['0.3.0', '0.4.0']) {
      await app.commit({ 'mix.exs': fromFile, VERSION: `${written}\n` })
      expect((await app.push()).code).toBe(0)
      expect((await world.json('status')).apps[0].version).toBe(written)
    }
    await app.commit({ 'mix.exs': mixExs, VERSION: null })
    expect((await app.push()).code).toBe(0)
  })

  it('swaps the instances in mode swap without a failed request', async () => {
    const before = { ...(await version()), ...live() }
    const load = await startLoad(world.serving().port, 'counter.localhost')
    await app.commit({ ...greeting('Slowly'), 'gatling.toml': swapping })
    const slow = app.get('/slow?ms=4000')
    const push = await app.push()
    expect(push.code, push.text).toBe(0)
    expect(push.text).toContain('swap: a swap was asked for')
    expect((await slow).status).toBe(200)
    // The push does not wait for the old instance, which closes its sockets when it stops.
    await expect.poll(() => load.closed()).toEqual(Array(5).fill(1012))
    expect((await load.stop()).failures).toEqual([])
    const after = { ...(await version()), ...live() }
    expect(after.greeting).toBe('Slowly')
    expect(after.slot).not.toBe(before.slot)
    expect(after.port).not.toBe(before.port)
    expect(after.os_pid).not.toBe(before.os_pid)
    expect(await lastMode()).toBe('swap')
    await until(() => isGone(before.os_pid), 'the end of the old instance')
    const { socket, messages } = await openSocket(world.serving().port, 'counter.localhost')
    await expect.poll(() => messages).toContain('0')
    socket.terminate()
    await app.commit({ 'gatling.toml': hot })
  })

  it('accepts other branches and tags, and reports that it does not deploy them', async () => {
    await app.git('branch', 'feature')
    const push = await app.push('feature')
    expect(push.code).toBe(0)
    expect(push.text).toContain(
      'feature was accepted but not deployed, because main is the branch that deploys counter',
    )
    await app.git('tag', 'v1')
    expect((await app.push('v1')).code).toBe(0)
    expect(push.text).not.toMatch(/▸|lacks a part of its history/)
    expect((await app.push(':feature')).code).toBe(0)
    const refused = await app.push(':main')
    expect(refused.code).not.toBe(0)
    expect(refused.text).toContain('cannot delete main, because it is the branch that deploys')
  })

  it('refuses refs other than branches and tags, and ignores replace refs', async () => {
    const before = await app.commit({ 'README.md': 'Before' })
    const head = await app.commit({ 'README.md': 'After' })
    const git = (...args: string[]) => must(['git', '--git-dir', app.repository, ...args])
    const refs = await git('for-each-ref')
    const names = [`refs/replace/${head}`, 'refs/notes/commits', 'refs/x']
    const push = await run(['git', 'push', 'production', ...names.map(name => `${before}:${name}`)], {
      cwd: app.source,
    })
    expect(push.code).not.toBe(0)
    for (const name of names) expect(push.text).toContain(`${name} is neither a branch nor a tag`)
    expect((await app.push(`${head}:refs/gatling/9`)).code).not.toBe(0)
    expect(await git('for-each-ref')).toBe(refs)
    await app.push(`${head}:refs/heads/feature`)
    await git('update-ref', `refs/replace/${head}`, before)
    expect(await git('show', `${head}:README.md`)).toBe('After')
    // A ref that an earlier version accepted can be removed.
    expect((await app.push(`:refs/replace/${head}`)).code).toBe(0)
    expect((await app.push(':feature')).code).toBe(0)
    expect(await git('for-each-ref')).toBe(refs)
  })

  it('fails visibly, moves no branch, and accepts the same commit again', async () => {
    const before = await version()
    await app.commit({ 'lib/counter/broken.ex': 'defmodule Broken do\n  def\nend\n' }, 'Break it')
    for (const _ of ['once', 'again']) {
      const push = await app.push()
      expect(push.code).not.toBe(0)
      expect(push.text).toContain('✗ NOT DEPLOYED: mix_compile failed')
      expect(push.text).toContain('lib/counter/broken.ex')
      expect(push.text).toMatch(
        /! \[remote rejected\] main -> main \(not deployed: mix_compile failed; release \d/,
      )
    }
    expect(await version()).toEqual(before)
    await app.undo()
    await app.commit(greeting('Fixed'))
    const push = await app.push()
    expect(push.code, push.text).toBe(0)
  })

  it('can be repeated with redeploy, which does not touch the running app', async () => {
    const before = await version()
    const again = await world.cli('redeploy', 'counter')
    expect(again.code, again.text).toBe(0)
    expect(again.text).toMatch(/✓ Release \d+ is live/)
    expect(await lastMode()).toBe('noop')
    expect(await version()).toEqual(before)
  })

  it('keeps a record of every deploy', async () => {
    const runs = await world.json('history', 'counter')
    expect(runs.map((run: { state: string }) => run.state)).toContain('failed')
    const failed = runs.find((run: { state: string }) => run.state === 'failed')
    expect(failed).toMatchObject({
      failed_step: 'mix_compile',
      error: { code: 'COMMAND_FAILED' },
      subject: 'Break it',
    })
    expect(failed.steps.map((step: { step: string }) => step.step)).toEqual(['mix_deps_get', 'mix_compile'])
    const log = await world.cli('history', 'counter', String(failed.number))
    expect(log.stdout).toContain('NOT DEPLOYED')
  })

  it('keeps at most five releases and the one that the app booted from', async () => {
    const booted = /releases\/(\d+)/.exec(
      readFileSync(`/proc/${(await version()).os_pid}/environ`, 'utf8'),
    )?.[1]
    const kept = readdirSync(join(app.dir, 'deploy', 'releases'))
    expect(kept).toContain(booted)
    expect(kept.filter(release => release !== booted).length).toBeLessThanOrEqual(5)
  })

  it('is visible in status, logs and env, for people and for scripts', async () => {
    const { apps, serving } = await world.json('status')
    expect(serving).toBe(true)
    expect(apps[0]).toMatchObject({ project: 'counter', state: 'running', version: '0.1.0', restarts: 0 })
    const logs = await world.cli('logs', 'counter', '-n', '500')
    expect(logs.code).toBe(0)
    expect(logs.stdout).toMatch(/^\d{4}-\d\d-\d\dT\S+ [ab] /m)
    const env = JSON.parse((await world.cli('env', 'counter')).stdout)
    expect(env).toMatchObject({
      project: 'counter',
      task: 'upgrade',
      version: '0.1.0',
      domains: 'counter.localhost',
    })
    expect(env.available_tasks).toContain('phx.digest')
    expect(env.available_tasks).toContain('deps.get')
  })

  it('gives the app its config values byte for byte, and shows them nowhere', async () => {
    const values = {
      DATABASE_URL: 'ecto://u:p%40ss@h/db?ssl=true&x=y==',
      MOTTO: ' two  spaces, "quotes" and \'more\', $HOME, \\n, `id` ',
      PEM: '-----BEGIN-----\nline/one+\nline/two=\n-----END-----\n',
      GREETING: 'grüße 👋 #{1 + 1}',
    }
    const set = await world.cli(
      'config',
      'set',
      'counter',
      ...Object.entries(values).map(pair => pair.join('=')),
    )
    expect(set.code, set.text).toBe(0)
    await app.commit({
      'upgrade.exs': `defmodule A do
        def before_mix_compile(_) do
          for key <- ~w[DATABASE_URL MOTTO PEM GREETING SECRET_KEY_BASE], do: IO.puts(System.get_env(key))
          IO.inspect(System.get_env("GREETING"))
          raise System.get_env("DATABASE_URL")
        end
      end`,
    })
    const failed = await app.push()
    expect(failed.text).toContain('[DATABASE_URL]')
    await app.undo()
    const push = await world.cli('redeploy', 'counter')
    expect(push.code).not.toBe(0)
    await app.commit({ 'upgrade.exs': null }, 'Back')
    const back = await app.push()
    expect(back.code, back.text).toBe(0)
    expect(back.text).toContain('swap: DATABASE_URL was set, changed or unset since the app started')
    const environ = readFileSync(`/proc/${(await version()).os_pid}/environ`, 'utf8').split('\0')
    for (const [key, value] of Object.entries(values)) expect(environ).toContain(`${key}=${value}`)

    const [secret] = environ.flatMap(line => /^SECRET_KEY_BASE=(.*)/.exec(line)?.[1] ?? [])
    const printed = [
      failed.text,
      (await world.cli('history', 'counter', '--json')).text,
      (await world.cli('config', 'list', 'counter')).text,
      (await world.cli('env', 'counter')).text,
      (await run(['grep', '-rhE', '.', join(app.dir, 'runs')])).stdout,
    ].join('\n')
    for (const hidden of [secret ?? '', ...Object.values(values).flatMap(value => value.split('\n'))]) {
      if (hidden.length >= 4) expect(printed).not.toContain(hidden)
    }
  })

  it('deploys another branch after load --branch', async () => {
    await world.cli('load', 'counter', '--branch', 'stable')
    await app.git('checkout', '-q', '-b', 'stable')
    await app.commit(greeting('From stable'))
    expect((await app.push('stable')).text).toContain('is live')
    expect((await version()).greeting).toBe('From stable')
    expect((await app.push('main')).text).toContain('Everything up-to-date')
    await world.cli('load', 'counter', '--branch', 'main')
    await app.git('checkout', '-q', 'main')
  })

  it('is in the audit, with its outcome', async () => {
    const entries = (await world.json('audit', 'counter')) as Record<string, string | null>[]
    const first = entries.slice(0, 3).map(({ action, outcome }) => [action, outcome])
    expect(first).toEqual([
      ['load', 'ok'],
      ['push', null],
      ['deploy', 'ok'],
    ])
    const failed = entries.find(({ action, outcome }) => action === 'deploy' && outcome === 'failed')
    expect(failed).toMatchObject({
      detail: expect.stringMatching(/^deploy \d+ of [0-9a-f]{7}, asked for by /),
    })
  })

  it('is undone by unload, which asks first and leaves nothing behind', async () => {
    const { os_pid } = await version()
    const refused = await world.cli('unload', 'counter')
    expect(refused.code).toBe(1)
    expect(refused.text).toContain('not confirmed')
    const done = await world.cli('unload', 'counter', '--yes')
    expect(done.code, done.text).toBe(0)
    await until(() => isGone(os_pid), 'the end of the app')
    expect(readdirSync(join(world.home, 'apps'))).toEqual([])
    expect(readdirSync(join(world.home, 'sites'))).toEqual([])
    expect(readdirSync(join(world.home, 'services'))).toEqual([])
  })
})
