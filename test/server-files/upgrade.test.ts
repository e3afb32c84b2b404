import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../helpers/world.js'
import { onServer } from './on-server.js'

/** The files of Gatling 0.1 on a server: an app with two deploys, a pinned release, config values, and two keys. */
const server01 = join(root, 'test/server-files/server-0.1')
const written = (path: string): string => readFileSync(join(server01, path), 'utf8')

const script = `
import * as fs from 'node:fs'
import { execFileSync } from 'node:child_process'
const { changes, makeChange } = await import('./dist/server/setup.js')
for (const [user, home] of [['gatling', ''], ['gatling-shop', '/apps/shop/home']])
  execFileSync('useradd', ['--system', '--user-group', '--home-dir', '/var/lib/gatling' + home, user])
fs.cpSync('${server01}', '/', { recursive: true })
const app = '/var/lib/gatling/apps/shop'
fs.symlinkSync('releases/2', app + '/deploy/current')
execFileSync('chown', ['-R', 'gatling-shop:gatling-shop', app])
fs.chmodSync('/etc/gatling/apps', 0o755)
fs.chmodSync('/etc/gatling/apps/shop.json', 0o644)

const made = []
for (const one of changes({ elixir: false, keys: null })) {
  if (!/its folders|ssh keys|shop/.test(one.about) || (await one.isMade())) continue
  await makeChange(one)
  made.push(one.about)
}
const gatling = (...words) => {
  const text = execFileSync('/usr/local/lib/gatling/bin/gatling', words, { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } })
  return words.includes('--json') ? JSON.parse(text) : text
}
const read = path => fs.readFileSync(path, 'utf8')
console.log('\\n' + JSON.stringify({
  made,
  status: gatling('status', 'shop', '--json'),
  releases: gatling('releases', 'shop', '--json'),
  history: gatling('history', 'shop', '--json'),
  said: gatling('history', 'shop', '2'),
  keys: gatling('keys', 'list', '--json'),
  config: gatling('config', 'list', 'shop', '--json'),
  secret: gatling('config', 'get', 'shop', 'SECRET'),
  state: read(app + '/state.json'),
  registered: JSON.parse(read('/etc/gatling/apps/shop.json')),
  values: [1, 2].map(number => read('/etc/gatling/configs/shop/' + number + '.json')),
  authorized: read('/var/lib/gatling/.ssh/authorized_keys'),
  unit: read('/etc/systemd/system/shop@.service'),
  modes: ['apps', 'apps/shop.json'].map(name => (fs.statSync('/etc/gatling/' + name).mode & 0o777).toString(8)),
}))
`

it('setup keeps every app, release, value and key of Gatling 0.1', async () => {
  const { stdout, text } = await onServer(script)
  const line = stdout.trim().split('\n').at(-1) ?? ''
  expect(line, text).toMatch(/^\{/)
  const found = JSON.parse(line)
  expect(found.made).toContain('repair the units of shop')
  expect(found.status.apps).toMatchObject([
    { project: 'shop', release: 2, version: '0.1.0', url: 'http://shop.test', last_deploy: { state: 'ok' } },
  ])
  expect(found.releases).toMatchObject([
    { release: 2, outcome: 'good', mode: 'swap', serves: true },
    { release: 1, outcome: 'good', mode: 'start', pinned: true },
  ])
  expect(found.history).toMatchObject([
    { number: 2, state: 'ok', mode: 'swap' },
    { number: 1, state: 'ok', mode: 'start' },
  ])
  expect(found.said).toContain('Release 2 is live at http://shop.test')
  expect(found.keys).toMatchObject(JSON.parse(written('etc/gatling/keys.json')))
  expect(found.config.map(({ key }: { key: string }) => key)).toEqual(['COLOR', 'SECRET', 'SECRET_KEY_BASE'])
  expect(found.secret).toBe('hush-hush\n')
  expect(found.state).toBe(written('var/lib/gatling/apps/shop/state.json'))
  // 0.1 had no limit for the body of a request.
  const registered = JSON.parse(written('etc/gatling/apps/shop.json'))
  expect(found.registered).toEqual({ ...registered, site: { ...registered.site, max_body: '10G' } })
  expect(found.values).toEqual([1, 2].map(number => written(`etc/gatling/configs/shop/${number}.json`)))
  for (const key of written('etc/gatling/keys.json').match(/AAAA[\w+/]+/g) ?? [])
    expect(found.authorized).toContain(key)
  expect(found.unit).not.toBe(written('etc/systemd/system/shop@.service'))
  for (const port of [20_000, 20_001, 20_002, 20_003])
    expect(found.unit).toContain(`SocketBindAllow=tcp:${port}`)
  expect(found.modes).toEqual(['711', '640'])
}, 60_000)
