import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collect, until } from '../helpers/world.js'
import { createLab, type Lab } from './machine.js'
import { createServer, load, quick, type Server, type ServerApp } from './server.js'

let lab: Lab
let server: Server
let shop: ServerApp
const root = (script: string): Promise<string> => server.machine.sh(script)
const greeting = async (): Promise<string> => (await server.version('shop.test')).greeting
const answers = (): Promise<boolean> =>
  server.get('shop.test').then(
    ({ status }) => status === 200,
    () => false,
  )

/** Expects what must hold after every failure: one version serves, the next push works, nothing is left. */
const expectAllIsWell = async (text: string): Promise<void> => {
  await shop.greet(text)
  const push = await shop.push()
  expect(push.code, push.text).toBe(0)
  expect(await greeting()).toBe(text)
  await server.machine.until('[ "$(pgrep -c -f [g]atling.js)" = 0 ]', 'Gatling to be gone')
  const instances = await root("systemctl list-units --no-legend 'shop@*' | awk '{print $1, $4}'")
  expect(instances.trim().split('\n')).toHaveLength(1)
  expect(instances).toContain('running')
  expect(await root("systemctl list-units --no-legend 'gatling-deploy-*' | wc -l")).toBe('0\n')
  expect(await root("pgrep -f '[s]leep 601' | wc -l")).toBe('0\n')
  expect(await root("find /etc/gatling /etc/nginx /var/lib/gatling/route -name '*.new'")).toBe('')
}

/** Returns a version with a slow build, so that a test can interrupt it. */
const slowly = (seconds: number) => ({
  'upgrade.exs': `defmodule Shop.UpgradeCallbacks do
  def after_copy_release_to_upgrade(_env), do: Process.sleep(${seconds * 1_000})
end
`,
})
/** Returns a hook that logs a config value, and leaves a program running without the environment of the deploy. */
const builtWith = (key: string): string => `import { spawn } from 'node:child_process'
export const before_mix_compile = (env, { log }) => {
  spawn('setsid', ['sleep', '601'], { env: {}, stdio: 'inherit', detached: true }).unref()
  log('built with ' + process.env.${key})
}
`
const building = (): Promise<unknown> =>
  server.machine.until(
    '[ -n "$(systemctl list-units --no-legend \'gatling-deploy-*\')" ]',
    'the deploy to run',
  )
const instancesAre = (count: number, what: string): Promise<void> =>
  server.machine.until(`[ $(systemctl list-units --no-legend 'shop@*' | wc -l) = ${count} ]`, what)

beforeAll(async () => {
  lab = await createLab()
  server = await createServer(lab, 'web')
  shop = await server.app('shop')
  const push = await shop.push()
  if (push.code !== 0) throw new Error(push.text)
})
afterAll(async () => {
  server?.close()
  await lab?.close()
})

describe('a deploy', () => {
  it('continues when the connection breaks, and can be attached to again', async () => {
    await shop.commit(slowly(4))
    await shop.greet('line cut')
    const pushing = shop.push()
    await building()
    await server.machine.cut()
    expect((await pushing).code).not.toBe(0)
    await server.machine.uncut()
    await server.over(['attach', 'shop'])
    await until(async () => (await greeting()) === 'line cut', 'the deploy to end')
    await shop.commit({ 'upgrade.exs': null })
    await expectAllIsWell('after the line')
  })

  it('changes nothing and leaves nothing if it is killed', async () => {
    const before = await server.version('shop.test')
    // A process of root that is killed while it writes leaves such files. No process has this number.
    await root('touch /etc/gatling/env/shop-a.json.4999999.new /var/lib/gatling/route/shop.4999999.new')
    await shop.commit(slowly(30))
    await shop.greet('killed')
    const pushing = shop.push()
    await building()
    await root("systemctl kill -s KILL 'gatling-deploy-shop-*.service'")
    expect((await pushing).code).not.toBe(0)
    expect(await server.version('shop.test')).toEqual(before)
    await shop.commit({ 'upgrade.exs': null })
    await expectAllIsWell('after the kill')
  })

  it.each([
    ['', "'gatling-deploy-shop-*.service'"],
    [' with its door', "'gatling-deploy-shop-*.service' 'gatling-door@shop.service'"],
  ])(
    'keeps the old instance if it is killed%s while the new one starts',
    async (_, units) => {
      const before = await server.version('shop.test')
      await shop.commit({
        'gatling.toml': quick.replace('[upgrade]', '[upgrade]\nmode = "swap"'),
        'config/runtime.exs': `Process.sleep(8_000)\n${await slowBoot()}`,
      })
      const pushing = shop.push()
      await instancesAre(2, 'the new instance to start')
      await root(`systemctl kill -s KILL ${units}`)
      expect((await pushing).code).not.toBe(0)
      await instancesAre(1, 'the new instance to be gone')
      expect(await server.version('shop.test')).toEqual(before)
      await shop.git('reset', '-q', '--hard', 'HEAD~1')
      await expectAllIsWell('after the second kill')
    },
    180_000,
  )

  it('leaves the old version after a power cut, which starts by itself', async () => {
    await shop.commit(slowly(30))
    const pushing = shop.push()
    await building()
    await server.machine.powerCut()
    await server.machine.boot()
    expect((await pushing).code).not.toBe(0)
    await until(answers, 'the app to be back')
    expect(await greeting()).toBe('after the second kill')
    await shop.commit({ 'upgrade.exs': null })
    await expectAllIsWell('after the power cut')
  })

  it('survives a power cut right after it ends', async () => {
    // This push must also compile the engine again.
    await root('rm -rf /var/lib/gatling/apps/shop/engine/compiled')
    await shop.greet('just deployed')
    const push = await shop.push()
    expect(push.code, push.text).toBe(0)
    await server.machine.powerCut()
    await server.machine.boot()
    await until(answers, 'the app to be back')
    expect(await greeting()).toBe('just deployed')
    await expectAllIsWell('after the second power cut')
  })

  it('of a static site keeps the old files after a later power cut', async () => {
    const pages = await server.app('pages', {}, undefined, 'pages')
    const first = await pages.push()
    expect(first.code, first.text).toBe(0)
    const shown = (): Promise<string> =>
      server.get('pages.test', '/').then(
        ({ body }) => /version \w+/.exec(body)?.[0] ?? '',
        () => '',
      )
    await pages.commit({
      'public/index.html': '<h1>version two</h1>\n',
      'upgrade.mjs':
        'export const after_configure_nginx = () => new Promise(end => setTimeout(end, 60_000))\n',
    })
    const pushing = pages.push()
    await until(async () => (await shown()) === 'version two', 'the switch')
    await server.machine.powerCut()
    await server.machine.boot()
    expect((await pushing).code).not.toBe(0)
    await until(async () => (await shown()) === 'version one', 'the old files to be back')
    await pages.commit({ 'upgrade.mjs': null })
    const next = await pages.push()
    expect(next.code, next.text).toBe(0)
    expect(await shown()).toBe('version two')
    await root('gatling unload pages --yes')
  })

  it('reports a full disk, and keeps the old version', async () => {
    const before = await server.version('shop.test')
    await root('fallocate -l $(($(df --output=avail -B1 / | tail -1) - 2000000)) /fill')
    await shop.greet('no room')
    const push = await shop.push()
    expect(push.code).not.toBe(0)
    expect(push.text).toMatch(/no space left|No space left|ENOSPC|enospc/)
    expect(await server.version('shop.test')).toEqual(before)
    await root('rm /fill')
    await expectAllIsWell('after the full disk')
  })

  it('waits for another push, then builds with the config values of that moment', async () => {
    const clients = load(server.machine.address, 'shop.test', 4)
    await shop.commit(slowly(12))
    const first = shop.push()
    await building()
    await shop.commit({ 'upgrade.mjs': builtWith('SET_LATE'), 'upgrade.exs': null })
    await shop.greet('the newer')
    const second = shop.push('--force')
    await until(
      async () => (await server.over(['history', 'shop'])).stdout.includes('queued'),
      'the second to wait',
    )
    const set = await server.over(['config', 'set', 'shop', 'SET_LATE=in time', '--public'])
    expect(set.code, set.text).toBe(0)
    expect((await first).code, (await first).text).toBe(0)
    expect((await second).code, (await second).text).toBe(0)
    expect((await second).text).toContain('built with in time')
    expect(await greeting()).toBe('the newer')
    expect((await clients.end()).failures).toEqual([])
    await shop.commit({ 'upgrade.mjs': null })
    await expectAllIsWell('after two')
  })

  it('starts a stopped nginx, and reopens a door that met a broken node', async () => {
    await root('systemctl stop nginx')
    await server.machine.until('[ "$(pgrep -c -f [g]atling.js)" = 0 ]', 'the door to be closed')
    await root(`n=$(readlink -f /usr/local/bin/node); mv $n $n.away; printf '#!/bin/sh\nexit 127\n' >$n; chmod 755 $n
      curl -s -m 3 -d '[]' --unix-socket /run/gatling/shop.sock http://door/services.list || true; mv $n.away $n`)
    await expectAllIsWell('nginx again')
  })

  it('is stopped by `gatling cancel`', async () => {
    await shop.commit(slowly(30))
    const pushing = shop.push()
    await building()
    const cancelled = await server.over(['cancel', 'shop'])
    expect(cancelled.code, cancelled.text).toBe(0)
    expect((await pushing).text).toContain('cancelled by')
    await shop.commit({ 'upgrade.exs': null })
    await expectAllIsWell('after cancelling')
  })
})

const slowBoot = async (): Promise<string> =>
  (await collect(spawn('cat', [`${shop.source}/config/runtime.exs`]))).stdout
