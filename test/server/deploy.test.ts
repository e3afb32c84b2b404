import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeAddress } from '../../src/core/slot.js'
import { serverPaths } from '../../src/state/server.js'
import { until } from '../helpers/world.js'
import { createLab, type Lab } from './machine.js'
import { createServer, load, page, type Server, type ServerApp, watched } from './server.js'

/** The file that `fly launch` writes. Its values do not fit a server of Gatling, and must not break it. */
const fly = `export ERL_AFLAGS="-proto_dist inet6_tcp"
export RELEASE_DISTRIBUTION="name"
export RELEASE_NODE="\${FLY_APP_NAME}-\${FLY_IMAGE_REF##*-}@\${FLY_PRIVATE_IP}"
`

let lab: Lab
let server: Server
let shop: ServerApp
const root = (script: string): Promise<string> => server.machine.sh(script)
const greeting = async (): Promise<string> => (await server.version('shop.test')).greeting

beforeAll(async () => {
  lab = await createLab()
  server = await createServer(lab, 'web')
  shop = await server.app('shop', { 'gatling.toml': watched, 'rel/env.sh.eex': fly })
})
afterAll(async () => {
  server?.close()
  await lab?.close()
})

/** Evaluates an expression as root on the server, with the package of Gatling. */
const asRoot = async (what: string, first = ''): Promise<unknown> => {
  const script = `const { rootServices } = await import('${serverPaths.package}/dist/runtimes/root.js'); ${first}console.log(JSON.stringify(${what}))`
  return JSON.parse(await root(`node --input-type=module -e "${script}"`))
}

describe('a server', () => {
  it('needs no second setup', async () => {
    expect(await root('gatling setup --dry-run')).toContain('There is nothing to do.')
    expect(await root('gatling setup')).toContain('Everything is as it should be.')
  })

  it('makes the repository and the site on the first push', async () => {
    const push = await shop.push()
    expect(push.code, push.text).toBe(0)
    expect(push.text).toContain('Release 1 is live at http://shop.test')
    expect(await greeting()).toBe('Hello from version one')
    expect(await root('ls /var/lib/gatling/public/shop')).toMatch(/-[0-9a-f]{32}\.css/)
  })

  it('upgrades hot on the second push, and an open page stays open', async () => {
    const before = await server.version('shop.test')
    const counter = await page(server.machine.address, 'shop.test')
    counter.send('+')
    await until(() => counter.last() === '1', 'the count')
    await shop.greet('two')
    const push = await shop.push()
    expect(push.code, push.text).toBe(0)
    expect(push.text).toContain('hot: 1 module')
    expect(push.text).not.toContain('left something')
    const after = await server.version('shop.test')
    expect(after).toMatchObject({ greeting: 'two', os_pid: before.os_pid })
    counter.send('+')
    await until(() => counter.last() === '2', 'the count to go on')
    expect(counter.closed()).toBeNull()
    counter.end()
  })

  it('swaps under load without a failed request or an nginx reload', async () => {
    const workers = await root('pgrep -f "nginx: [w]orker" | sort')
    const clients = load(server.machine.address, 'shop.test')
    await shop.greet('three')
    await shop.git('push', '-q', 'production', 'main:next')
    const push = await server.over(['plan', 'shop', 'next', '--mode', 'swap'])
    expect(push.text).toContain('swap')
    await shop.push()
    const swapped = await server.over(['upgrade', 'shop', '--mode', 'swap'])
    expect(swapped.code, swapped.text).toBe(0)
    const { requests, failures } = await clients.end()
    expect(failures).toEqual([])
    expect(requests).toBeGreaterThan(100)
    expect(await root('pgrep -f "nginx: [w]orker" | sort')).toBe(workers)
  })

  it('keeps the old version if the new one does not start', async () => {
    const before = await server.version('shop.test')
    await shop.commit({ 'config/runtime.exs': 'raise "no such thing"\n' })
    const push = await shop.push()
    expect(push.code).not.toBe(0)
    expect(push.text).toContain('no such thing')
    expect(await server.version('shop.test')).toEqual(before)
    await shop.git('reset', '-q', '--hard', 'HEAD~1')
  })

  it('reverts a version that answers with errors, and retries it only with --force', async () => {
    const before = await server.version('shop.test')
    const router = 'lib/counter/router.ex'
    const asked = 'defp route("GET", ["version"], _request)'
    await shop.commit({
      [router]: readFileSync(join(shop.source, router), 'utf8').replace(
        `${asked} do`,
        `${asked}, do: text(500, "no")\n\n  defp route("GET", ["seen"], _request) do`,
      ),
      'gatling.toml': '[health]\nwatch = "20s"\n\n[upgrade]\nmode = "swap"\n',
    })
    const clients = load(server.machine.address, 'shop.test', 2)
    const push = await shop.push()
    expect(push.code).not.toBe(0)
    expect(push.text).toMatch(/[\d.]+ % of [\d,]+ requests failed since the switch, 0 % before/)
    expect(await server.version('shop.test')).toEqual(before)
    const refused = await shop.push()
    expect(refused.code).not.toBe(0)
    expect(refused.text).toContain('REVISION_BAD')
    expect(refused.text).not.toContain('▸')
    expect(await root('gatling audit shop --json')).toContain('REVISION_BAD')
    const forced = await shop.push('-o', 'force')
    await clients.end()
    expect(forced.text).toContain('ERRORS_ROSE')
    expect(await server.version('shop.test')).toEqual(before)
    await shop.git('reset', '-q', '--hard', 'HEAD~1')
  })

  it('adds and removes domains with the push that changes them', async () => {
    await shop.commit({ domains: 'shop.test\nwww.shop.test\n' })
    expect((await shop.push()).code).toBe(0)
    expect((await server.get('www.shop.test')).status).toBe(200)
    await shop.commit({ domains: 'shop.test\n' })
    expect((await shop.push()).code).toBe(0)
    expect((await server.get('www.shop.test')).body).not.toContain('greeting')
  })

  it("uses the project's own nginx.conf, with the app as an upstream", async () => {
    await shop.commit({
      'nginx.conf': `server {
  listen 80;
  server_name shop.test;
  location = /own { return 200 "own"; }
  location / { proxy_pass http://shop; }
}
`,
    })
    const push = await shop.push()
    expect(push.code, push.text).toBe(0)
    expect((await server.get('shop.test', '/own')).body).toBe('own')
    expect(await greeting()).toBe('three')
  })

  it('refuses a harmful nginx.conf, and keeps the site', async () => {
    await shop.commit({
      'nginx.conf': 'server { listen 80; server_name shop.test; access_log /etc/cron.d/x; }\n',
    })
    const push = await shop.push()
    expect(push.code).not.toBe(0)
    expect(push.text).toContain('access_log')
    expect((await server.get('shop.test', '/own')).body).toBe('own')
    await shop.commit({ 'nginx.conf': null })
    expect((await shop.push()).code).toBe(0)
    expect((await server.get('shop.test', '/own')).status).toBe(404)
  })

  it('names the file of somebody else that breaks nginx, and keeps every site', async () => {
    await root('echo "nonsense;" >/etc/nginx/sites-enabled/other')
    await shop.commit({ domains: 'shop.test\nnew.shop.test\n' })
    const push = await shop.push()
    expect(push.code).not.toBe(0)
    expect(push.text).toContain('/etc/nginx/sites-enabled/other')
    expect(await greeting()).toBe('three')
    await root('rm /etc/nginx/sites-enabled/other')
    const again = await shop.push()
    expect(again.code, again.text).toBe(0)
    expect((await server.get('new.shop.test')).status).toBe(200)
  })

  it('rolls back by a command from the laptop', async () => {
    await shop.greet('four')
    await shop.push()
    expect(await greeting()).toBe('four')
    const back = await server.over(['rollback', 'shop'])
    expect(back.code, back.text).toBe(0)
    expect(await greeting()).toBe('three')
  })

  it('shows config values only to root and the app, byte for byte', async () => {
    // The values of this push make it a swap, so it also tests stop_first.
    await shop.commit({ 'gatling.toml': watched.replace('[upgrade]', '[upgrade]\nstop_first = true') })
    const value = `a"b$c\`d\\e 'f' ü\nsecond line`
    const set = await server.over(['config', 'set', 'shop', 'WEIRD'], { input: value })
    expect(set.code, set.text).toBe(0)
    expect(await root('stat -c "%U %a" /etc/gatling/config/shop.json /etc/gatling/env')).toBe(
      'root 600\nroot 700\n',
    )
    const push = await shop.push()
    expect(push.code, push.text).toBe(0)
    expect(push.text).toContain('WEIRD')
    expect(push.text).toMatch(/stop_first: [\s\S]*nothing answered for [\d.]+ s/)
    const units = await root(
      'journalctl --no-pager -o cat _PID=1 | grep -E "^(Started|Stopped) .*shop, slot" | tail -n 2',
    )
    const [, stopped, started] = /^Stopped .*slot ([ab])\.\nStarted .*slot ([ab])\.\n$/.exec(units) ?? []
    expect([stopped, started].sort(), units).toEqual(['a', 'b'])
    await shop.commit({ 'gatling.toml': watched })
    const read = await server.over(['run', 'shop', 'printenv', 'WEIRD'])
    expect(read.stdout).toBe(`${value}\n`)
    await root('! grep -a -q "[s]econd line" /proc/[0-9]*/cmdline')
    expect(await root('journalctl --no-pager | grep -c "second line" || true')).toBe('0\n')
  })

  it('shows no cookie on any command line', async () => {
    const cookie = JSON.parse(await root('cat /etc/gatling/config/shop.json')).cookie as string
    expect(
      await root(`grep -a -l '[${cookie[0]}]${cookie.slice(1)}' /proc/[0-9]*/cmdline 2>/dev/null | wc -l`),
    ).toBe('0\n')
  })

  it('lets Erlang listen only on loopback', async () => {
    const listening = (await root("ss -ltnpH | grep -E 'epmd|beam' | awk '{print $4}'")).trim().split('\n')
    const web = /:20\d{3}$/
    expect(listening.filter(one => !one.startsWith(nodeAddress('shop')) && !web.test(one))).toEqual([])
    expect(await root('pgrep -c -u gatling-shop epmd || true')).toBe('0\n')
  })

  it('shows the status, the log and the history', async () => {
    expect((await server.over(['status'])).stdout).toMatch(/shop +running +release \d+/)
    expect((await server.over(['logs', 'shop'])).stdout).toContain('listens on')
    // The app logs nothing, so only the closed connection can end the log.
    const { pid = 0 } = spawn('ssh', [
      ...server.machine.sshOptions(),
      `gatling@${server.machine.address}`,
      'gatling logs -f shop',
    ])
    await server.machine.until('pgrep -x journalctl', 'the log to be followed')
    process.kill(pid, 'SIGKILL')
    await server.machine.until(
      "! pgrep -x journalctl && ! pgrep -f '[g]atling.js enter'",
      'the end of a log that nobody reads',
    )
    expect((await server.over(['history', 'shop'])).stdout).toContain('First version')
    const told = await server.over(['console', 'shop'], {
      input: 'IO.puts(node())\n',
    })
    expect(told.stdout).toMatch(/^shop_[ab]@/)
    const asked = await server.over(['run', 'shop', 'bin/shop', 'rpc', 'IO.puts(node())'])
    expect(asked.stdout, asked.text).toMatch(/^shop_[ab]@127\./m)
  })

  it('runs service shop status, stop, start, restart and upgrade', async () => {
    expect(await root('service shop status')).toContain('active')
    await root('service shop stop')
    expect((await server.get('shop.test')).status).toBe(502)
    await root('service shop start')
    await until(async () => (await server.get('shop.test')).status === 200, 'the app to be back')
    const before = await server.version('shop.test')
    await root('service shop restart')
    await until(async () => (await server.get('shop.test')).status === 200, 'the app to be back')
    expect((await server.version('shop.test')).os_pid).not.toBe(before.os_pid)
    expect(await root('service shop upgrade 2>&1')).toContain('is live')
    expect((await root('service shop logs -n 1')).trim().split('\n')).toHaveLength(1)
  })

  it('restarts a dead instance in the live release', async () => {
    await shop.greet('four and a half')
    expect((await shop.push()).text).toContain('hot:')
    const before = await server.version('shop.test')
    await root(`kill -9 ${before.os_pid}`)
    await until(async () => (await server.get('shop.test')).status === 200, 'the app to be back')
    const after = await server.version('shop.test')
    expect(after.os_pid).not.toBe(before.os_pid)
    expect(after.revision).toBe(before.revision)
    // Retention must keep the release that the instance runs from.
    const [{ release }] = JSON.parse(await root('gatling status shop --json')).apps
    expect(await asRoot("await rootServices().list('shop')")).toMatchObject([{ release }])
  })

  it('stops a booting instance long before its time limit', async () => {
    await root('systemctl stop shop@b; systemctl start shop@b; sleep 0.3')
    const began = 'const began = performance.now(); '
    const stop = "await rootServices().stop('shop', 'b', 100_000)"
    expect(await asRoot(`performance.now() - began`, `${began}${stop}; `)).toBeLessThan(60_000)
    expect(await greeting()).toBe('four and a half')
  })

  it('makes apps and sets config values one at a time', async () => {
    await Promise.all(['one', 'two', 'two'].map(name => root(`gatling load ${name}`)))
    const portsOf = async (name: string): Promise<number[]> =>
      Object.values(JSON.parse(await root(`cat /etc/gatling/apps/${name}.json`)).ports)
    const ports = [...(await portsOf('shop')), ...(await portsOf('one')), ...(await portsOf('two'))]
    expect(new Set(ports).size).toBe(15)
    const keys = ['A', 'B', 'C', 'D']
    await Promise.all(keys.map(key => root(`gatling config set one ${key}=${key} --public`)))
    const values = JSON.parse(await root('gatling config list one --json')) as { key: string }[]
    expect(values.map(({ key }) => key)).toEqual([...keys, 'SECRET_KEY_BASE'])
    await root('gatling unload one --yes && gatling unload two --yes')
  })

  it('serves a static site by nginx, and switches it without a reload', async () => {
    const pages = await server.app('pages', {}, undefined, 'pages')
    const get = (path: string) => server.get('pages.test', path)
    const first = await pages.push()
    expect(first.code, first.text).toBe(0)
    expect(first.text).toContain('static: an index.html in public')
    expect((await get('/')).body).toContain('Hello from version one')
    expect((await get('/style-1.css')).headers['content-type']).toBe('text/css')
    expect((await get('/nothing')).status).toBe(404)
    const workers = await root('pgrep -f "nginx: [w]orker" | sort')
    await pages.commit({ 'public/index.html': '<h1>Version two</h1>\n', 'public/style-1.css': null })
    const second = await pages.push()
    expect(second.code, second.text).toBe(0)
    expect((await get('/')).body).toContain('Version two')
    expect((await get('/style-1.css')).status).toBe(200)
    const back = await server.over(['rollback', 'pages'])
    expect(back.code, back.text).toBe(0)
    expect((await get('/')).body).toContain('Hello from version one')
    expect(await root('pgrep -f "nginx: [w]orker" | sort')).toBe(workers)
    expect(await root('systemctl list-units --all --plain --no-legend "pages@*"')).toBe('')
    const { apps } = JSON.parse((await server.over(['status', 'pages', '--json'])).stdout)
    expect(apps).toMatchObject([{ state: 'running', release: 1 }])
    expect((await server.over(['console', 'pages'])).text).toContain('so it has no process')
    expect(await root('gatling doctor pages || true')).not.toMatch(/does not run|does not answer/)
  })

  it('counts the answers and the usage of apps by timers alone', async () => {
    await root('systemctl start gatling-sample.service')
    for (let times = 0; times < 20; times++) await server.get('shop.test')
    await server.get('shop.test', '/nothing')
    await server.get('pages.test', '/')
    await root('systemctl start gatling-sample.service gatling-fold.service')
    const { total, deploys, series } = JSON.parse((await server.over(['metrics', 'shop', '--json'])).stdout)
    expect(total.classes[1]).toBeGreaterThanOrEqual(20)
    expect(total.p50_ms).toBeGreaterThan(0)
    expect(total.memory_bytes).toBeGreaterThan(10 * 1_024 * 1_024)
    expect(total.cpu_percent).toBeGreaterThan(0)
    expect(deploys.length).toBeGreaterThan(3)
    const all = () => root('gatling metrics --openmetrics')
    const answered = async () =>
      /gatling_requests_total\{app="shop",class="2xx"\} (\d+)/.exec(await all())?.[1]
    expect(Number(await answered())).toBeGreaterThanOrEqual(total.classes[1])
    expect(await all()).toMatch(/gatling_requests_total\{app="pages",class="2xx"\} [1-9]/)
    expect(series.length).toBeGreaterThan(200)
    // The answers between a rotation and the next fold must count, too.
    const before = Number(await answered())
    await root('logrotate --force /etc/logrotate.d/nginx && test -s /var/log/nginx/gatling-answers.log.1')
    await server.machine.until('[ -e /var/log/nginx/gatling-answers.log ]', 'the new log')
    for (let times = 0; times < 5; times++) await server.get('shop.test')
    await root('systemctl start gatling-fold.service')
    expect(Number(await answered())).toBe(before + 5)
    expect(await root('stat -c %a /var/lib/gatling/metrics; systemctl is-enabled gatling-sample.timer')).toBe(
      '700\nenabled\n',
    )
    expect(await root('journalctl --no-pager -o cat -u gatling-sample.service -u gatling-fold.service')).toBe(
      '',
    )
    // node_exporter reads this folder, if it is installed.
    await root('mkdir -p /var/lib/prometheus/node-exporter && systemctl start gatling-fold.service')
    expect(await root('cat /var/lib/prometheus/node-exporter/gatling.prom')).toContain(
      '# TYPE gatling_requests_total counter',
    )
  })

  it('lets needrestart replace nginx without a refused connection', async () => {
    const mainPid = () => root('systemctl show -p MainPID --value nginx')
    const before = await mainPid()
    const open = await page(server.machine.address, 'shop.test')
    const visitors = load(server.machine.address, 'shop.test')
    await root('/etc/needrestart/restart.d/nginx.service')
    await server.machine.until(
      `[ "$(systemctl show -p MainPID --value nginx)" != ${before.trim()} ]`,
      'systemd to see it',
    )
    const { failures } = await visitors.end()
    // After every reload, a connection can close once just as its client sends.
    expect(failures.filter(failure => !failure.includes('socket hang up'))).toEqual([])
    expect(failures.length).toBeLessThanOrEqual(8)
    open.end()
    expect(await root('systemctl is-active nginx; pgrep -c -f "nginx: [m]aster"')).toBe('active\n1\n')
    // systemd and Gatling must still reach nginx.
    await shop.commit({ domains: 'shop.test\nlater.shop.test\n' })
    expect((await shop.push()).code).toBe(0)
    expect((await server.get('later.shop.test')).status).toBe(200)
    await shop.commit({ domains: 'shop.test\n' })
    expect((await shop.push()).code).toBe(0)
  })

  it('restores every app after a reboot, even after a hot upgrade', async () => {
    await shop.greet('five')
    const push = await shop.push()
    expect(push.text).toContain('hot:')
    await server.machine.reboot()
    await until(
      () =>
        server.get('shop.test').then(
          ({ status }) => status === 200,
          () => false,
        ),
      'the app to be back',
    )
    expect(await greeting()).toBe('five')
    expect(await root('gatling status --json')).toContain('"running"')
    expect((await server.get('pages.test', '/')).body).toContain('Hello from version one')
    await root('gatling unload pages --yes')
    await server.machine.until('[ ! -e /var/lib/gatling/public/pages ]', 'the files to be gone')
  })

  it('runs no process of Gatling while nothing is deployed', async () => {
    await server.machine.until('[ "$(pgrep -c -f [g]atling.js)" = 0 ]', 'Gatling to be gone')
    // systemd keeps the processes of a login for ten more seconds.
    await server.machine.until('[ "$(pgrep -c -u gatling)" = 0 ]', 'the login to be over')
  })
})
