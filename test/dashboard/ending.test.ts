import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { childrenOf, titleOf } from '../../src/hosts/procfs.js'
import { appPaths } from '../../src/state/paths.js'
import { startDashboard } from '../helpers/browser.js'
import { messagesOf } from '../helpers/page.js'
import { type App, createWorld, isGone, until, type World } from '../helpers/world.js'

describe('a page whose process ends', () => {
  let world: World
  let app: App
  const hold = (): string => join(world.folder, 'hold')
  /** Opens a real page, and asks it as a browser does. */
  const open = async () => {
    const { url, process } = await startDashboard(world)
    const { origin } = new URL(url)
    const entered = await fetch(url, { redirect: 'manual' })
    const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${origin}${path}`, { ...init, headers: { cookie, origin }, redirect: 'manual' })
    return { process, ask }
  }

  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
    app = await world.repository(join(world.folder, 'site'), 'site', {
      'gatling.toml': `[build]\ncommand = "while [ -e ${hold()} ]; do sleep 0.05; done"\n`,
      'public/index.html': 'One',
    })
    expect((await app.push()).code).toBe(0)
  })
  afterAll(() => world?.close())

  it('ends the command that follows a quiet log, even if it is killed', async () => {
    const { process, ask } = await open()
    const { log } = appPaths(world.home, 'site')
    mkdirSync(dirname(log), { recursive: true })
    writeFileSync(log, 'the last line\n')
    for await (const { data } of messagesOf(await ask('/apps/site/logs/stream')))
      if (data.includes('the last line')) break
    const [follower = 0] = childrenOf(process.pid ?? 0).filter(pid => titleOf(pid).includes('--follow'))
    expect(isGone(follower)).toBe(false)
    process.kill('SIGKILL')
    await until(() => isGone(follower), 'the command to end', 5_000)
  })

  it('does not wait for a deploy that it started', async () => {
    const { process, ask } = await open()
    writeFileSync(hold(), '')
    const led = await ask('/apps/site/redeploy', { method: 'POST', body: new URLSearchParams() })
    expect(led.headers.get('location')).toBe('/apps/site/deploys/2')
    process.kill('SIGINT')
    const [code] = await once(process, 'exit')
    expect(code).toBe(0)

    const state = async (): Promise<unknown> => (await world.json('history', 'site', '2')).state
    expect(await state()).toBe('running')
    rmSync(hold())
    await until(async () => (await state()) === 'ok', 'the deploy')
  })
})
