import { expect, it } from 'vitest'
import { onServer } from './on-server.js'

const modules = `
import * as fs from 'node:fs'
const { createApp, markForgotten, removeApp } = await import('./dist/server/apps.js')
const { changes } = await import('./dist/server/setup.js')
const root = '/var/lib/gatling/apps/shop'
`
/** A push that asks for nothing (gitprotocol-pack(5)). */
const nothing = '0000'
const answer = async (script: string): Promise<unknown> => {
  const { stdout, text } = await onServer(`${modules}${script}`, nothing.repeat(2))
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  } catch {
    throw new Error(text)
  }
}

it('setup repairs a hook that runs another program', async () => {
  const { repaired, before, hook, after } = (await answer(`
await createApp('shop')
const path = root + '/repo.git/hooks/proc-receive'
const hook = fs.readFileSync(path, 'utf8')
const ofShop = () => changes({ elixir: false, keys: null }).find(({ about }) => about.includes('pushes to shop'))
fs.writeFileSync(path, 'exec /opt/node-18/bin/node gatling.js receive shop')
const before = await ofShop().isMade()
await ofShop().make()
console.log(JSON.stringify({ before, hook, repaired: fs.readFileSync(path, 'utf8'), after: await ofShop().isMade() }))
`)) as Record<string, unknown>
  expect(hook).toContain("'/usr/local/lib/gatling/bin/gatling' receive 'shop'")
  expect({ before, repaired, after }).toEqual({ before: false, repaired: hook, after: true })
})

it('reports a folder that an app cannot write, and a read-only disk', async () => {
  const { open, closed, readOnly } = (await answer(`
const { execFileSync } = await import('node:child_process')
const { refuseClosed } = await import('./dist/server/closed.js')
const { known } = await import('./dist/core/errors.js')
const refused = () => {
  try {
    refuseClosed('shop')
    return 'not at all'
  } catch (error) {
    return known(error).code + ' ' + known(error).message
  }
}
await createApp('shop')
const open = refused()
const heads = root + '/repo.git/refs/heads'
fs.chmodSync(heads, 0o500)
const closed = refused()
fs.chmodSync(heads, 0o755)
execFileSync('mount', ['--bind', root, root])
execFileSync('mount', ['-o', 'remount,bind,ro', root])
console.log(JSON.stringify({ open, closed, readOnly: refused() }))
`)) as Record<string, string>
  expect(open).toBe('not at all')
  expect(closed).toContain('FILE_CLOSED permission denied: /var/lib/gatling/apps/shop/repo.git/refs/heads. ')
  expect(readOnly).toBe(
    'DISK_READ_ONLY cannot write /var/lib/gatling/apps/shop, because its disk is read-only',
  )
})

it('an app with too many runs starts no more, but accepts cancel and unload', async () => {
  const said = (await answer(`
const { runAs } = await import('./dist/server/run-as.js')
await createApp('shop')
const run = verb => runAs('shop', { argv: ['true'], verb, attached: 'pipe' }).catch(error => error.code)
const units = (count, of) => Array.from({ length: count }, (_, at) => 'gatling-deploy-' + of + '-' + at + '.service loaded active running x')
const list = lines => fs.writeFileSync('/run/units', [...lines, ''].join('\\n'))
fs.appendFileSync('/usr/local/bin/systemctl', '[ "$1" != list-units ] || cat /run/units\\n')
list([...units(63, 'shop'), ...units(99, 'shop_two')])
const said = [await run('run')]
list([...units(63, 'shop'), 'gatling-receive-pack-shop-0a1b.service loaded active running x'])
for (const verb of ['run', 'deploy', 'cancel', 'unload', 'recover']) said.push(await run(verb))
list([...units(63, 'shop'), 'gatling-unload-shop-0a1b.service loaded active running x'])
said.push(await run('deploy'))
console.log('\\n' + JSON.stringify(said))
`)) as unknown[]
  expect(said).toEqual([0, 'APP_BUSY', 'APP_BUSY', 0, 0, 0, 0])
})

it.each(['enabled', 'active'])('setup opens a door that is not %s', async state => {
  const { before, asked } = (await answer(`
await createApp('shop')
const ofShop = () => changes({ elixir: false, keys: null }).find(({ about }) => about.includes('units of shop'))
const open = await ofShop().isMade()
fs.writeFileSync('/run/gatling-door@shop.socket.not-${state}', '')
const before = [open, await ofShop().isMade()]
fs.rmSync('/run/asked')
await ofShop().make()
console.log(JSON.stringify({ before, asked: fs.readFileSync('/run/asked', 'utf8') }))
`)) as { before: unknown; asked: string }
  expect(before).toEqual([true, false])
  expect(asked).toMatch(
    /^reset-failed gatling-door@shop\.socket gatling-door@shop\.service\nenable .*--now gatling-door@shop\.socket$/m,
  )
})

it('root follows no link in the folder of an app that it makes again', async () => {
  const { chowned, owners, config } = (await answer(`
const { execFileSync } = await import('node:child_process')
const owner = path => execFileSync('stat', ['-c', '%U', path]).toString().trim()
fs.writeFileSync('/usr/local/bin/chown', '#!/bin/sh\\necho "$*" >>/run/chowned\\nexec /bin/chown "$@"\\n', { mode: 0o755 })
await createApp('shop')
const folders = ['data', 'home', 'deploy', 'deploy/tmp'].map(name => root + '/' + name)
const owners = folders.map(owner)
for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true })
await createApp('shop')
owners.push(...folders.map(owner))
for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true })
for (const folder of folders) if (!folder.endsWith('tmp')) fs.symlinkSync('/etc/gatling/config', folder)
await createApp('shop').catch(() => {})
console.log(JSON.stringify({ chowned: fs.readFileSync('/run/chowned', 'utf8'), owners, config: owner('/etc/gatling/config') }))
`)) as { chowned: string; owners: string[]; config: string }
  expect(new Set(owners)).toEqual(new Set(['gatling-shop']))
  expect(config).toBe('root')
  expect(chowned).not.toContain('apps/shop/')
})

it.each(['sites-available/shop.conf', 'sites-enabled/shop.conf'])(
  'an app does not overwrite a site of somebody else: %s',
  async name => {
    const { error, kept, made } = (await answer(`
const path = '/etc/nginx/${name}'
fs.mkdirSync('/etc/nginx/sites-available', { recursive: true })
fs.mkdirSync('/etc/nginx/sites-enabled', { recursive: true })
fs.symlinkSync('../somewhere', path)
const error = await createApp('shop').catch(error => error)
console.log(JSON.stringify({ error: [error?.code, error?.message], kept: fs.readlinkSync(path), made: fs.existsSync(root) }))
`)) as { error: string[]; kept: string; made: boolean }
    expect(error).toEqual(['NAME_TAKEN', expect.stringContaining(`/etc/nginx/${name}`)])
    expect([kept, made]).toEqual(['../somewhere', false])
  },
)

it('removing an app removes its site even while nginx refuses another file', async () => {
  const { left, conf } = (await answer(`
const { rootProxy } = await import('./dist/runtimes/root.js')
const { execFileSync } = await import('node:child_process')
await createApp('shop')
await changes({ elixir: false, keys: null }).find(({ about }) => about.includes('tell nginx')).make()
await rootProxy().configure({ project: 'shop', domains: ['shop.test'], own: null, maxBody: '1M' })
const site = '/etc/nginx/sites-enabled/shop.conf'
const conf = fs.existsSync(site)
fs.writeFileSync('/etc/nginx/conf.d/theirs.conf', 'nonsense;')
await removeApp('shop')
const left = execFileSync('find', ['/etc/nginx', '/etc/gatling', '/var/lib/gatling', '-name', 'shop*']).toString()
console.log(JSON.stringify({ left, conf }))
`)) as { left: string; conf: boolean }
  expect(conf).toBe(true)
  expect(left).toBe('')
})

/** The names of an app's ports on the disk. Every version reads them. */
const ports = ['a', 'b', 'epmd_a', 'epmd_b', 'own']

/** Defines `push`, a push by a key until the first word of git, and `found`, which returns what the app then has. */
const pushed = `
const { enterByKey } = await import('./dist/access/enter.js')
const wanted = { kind: 'git', service: 'git-receive-pack', project: 'shop' }
const key = { name: 'lab', key: 'ssh-ed25519 AAAA', apps: 'all', can: ['admin'], added: '2026-01-01T00:00:00Z' }
fs.writeFileSync('/etc/gatling/keys.json', JSON.stringify([key]))
const push = async () => (await enterByKey('lab', wanted, [], () => {})).code
const found = () => ({
  ports: Object.keys(JSON.parse(fs.readFileSync('/etc/gatling/apps/shop.json', 'utf8')).ports).sort(),
  config: fs.readFileSync('/etc/gatling/config/shop.json', 'utf8').includes('OLD_VALUE'),
  state: fs.existsSync(root + '/state.json'),
  branches: fs.existsSync(root + '/repo.git/refs/heads/main'),
})
const set = () => {
  const path = '/etc/gatling/config/shop.json'
  const config = JSON.parse(fs.readFileSync(path, 'utf8'))
  config.values.OLD_VALUE = { value: 'x', secret: true }
  fs.writeFileSync(path, JSON.stringify(config))
  fs.writeFileSync(root + '/repo.git/refs/heads/main', '')
}
`

it('a push completes an app that was made in part, and keeps its data', async () => {
  const { codes, after } = (await answer(`${pushed}
const codes = [await push()]
set()
fs.rmSync(root + '/state.json')
codes.push(await push())
console.log('\\n' + JSON.stringify({ codes, after: found() }))
`)) as { codes: number[]; after: unknown }
  expect(codes).toEqual([0, 0])
  expect(after).toEqual({ ports, config: true, state: true, branches: true })
})

it('a push after an interrupted unload finds nothing of the old app', async () => {
  const { made, after } = (await answer(`${pushed}
await push()
set()
markForgotten('shop')
fs.writeFileSync('/run/gatling-door@shop.service.not-active', '')
const made = await push()
console.log('\\n' + JSON.stringify({ made, after: found() }))
`)) as { made: number; after: unknown }
  expect(made).toBe(0)
  expect(after).toEqual({ ports, config: false, state: true, branches: false })
})

it('a command that root runs in an app runs as its user', async () => {
  const users = await answer(`
const { spawnSync } = await import('node:child_process')
await createApp('shop')
fs.writeFileSync('/usr/local/bin/systemd-run', '#!/bin/sh\\necho "$*" >>/run/units\\n', { mode: 0o755 })
const users = [['run', 'shop', 'id'], ['run', '--', 'shop', 'id'], ['console', 'shop']].map(argv => {
  fs.rmSync('/run/units', { force: true })
  spawnSync('/usr/local/lib/gatling/bin/gatling', argv)
  return fs.existsSync('/run/units') ? /User=(\\S+)/.exec(fs.readFileSync('/run/units', 'utf8'))[1] : null
})
console.log(JSON.stringify(users))
`)
  expect(users).toEqual(['gatling-shop', 'gatling-shop', 'gatling-shop'])
})
