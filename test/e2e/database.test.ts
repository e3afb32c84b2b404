import { type ChildProcess, spawn } from 'node:child_process'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withPostgres } from '../helpers/postgres.js'
import { bin, calmVm, get, lazyVm, type Output, root, run, until, unwatched } from '../helpers/world.js'

/** PostgreSQL refuses to run as root, so as root everything here runs as this user. */
const nobody = 65_534
const isRoot = process.geteuid?.() === 0
const asUser = isRoot ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : []

const folder = mkdtempSync(join(tmpdir(), 'gatling-db-'))
const home = join(folder, 'home')
const source = join(folder, 'shop')
const database = join(home, 'databases', 'shop')
const env = {
  HOME: folder,
  GATLING_HOME: home,
  NO_COLOR: '1',
  GIT_AUTHOR_NAME: 'Jane',
  GIT_AUTHOR_EMAIL: 'jane@example.com',
  GIT_COMMITTER_NAME: 'Jane',
  GIT_COMMITTER_EMAIL: 'jane@example.com',
}
const as = (argv: readonly string[], input = ''): Promise<Output> => {
  const [program = '', ...args] = [...asUser, ...argv]
  return run([program, ...args], { cwd: source, env, input })
}
const gatling = (...argv: string[]): Promise<Output> => as([process.execPath, bin, ...argv])
const psql = (sql: string, ...options: string[]): Promise<Output> =>
  as([process.execPath, bin, 'db', 'psql', 'shop', ...options], sql)
const countIn = async (...options: string[]): Promise<string> =>
  /^ +(\d+)$/m.exec((await psql('SELECT count(*) FROM notes', ...options)).text)?.[1] ?? 'none'

let server: ChildProcess
const serve = async (): Promise<void> => {
  rmSync(join(home, 'serve.json'), { force: true })
  const [program = '', ...args] = [...asUser, process.execPath, bin, 'serve', '--port', '0']
  server = spawn(program, args, { env: { ...process.env, ...env }, cwd: source, stdio: 'ignore' })
  await until(() => existsSync(join(home, 'serve.json')), 'gatling serve')
}
const stop = (signal: NodeJS.Signals): Promise<void> =>
  new Promise(resolve => {
    server.once('exit', () => resolve())
    server.kill(signal)
  })
const postmaster = (): number =>
  Number(readFileSync(join(database, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
const greeting = async (): Promise<string> => {
  const { port } = JSON.parse(readFileSync(join(home, 'serve.json'), 'utf8'))
  const { status, body } = await get(port, 'shop.localhost', '/version')
  if (status !== 200) throw new Error(`${status} ${body}`)
  return JSON.parse(body).greeting
}

beforeAll(async () => {
  cpSync(join(root, 'examples', 'counter'), source, { recursive: true })
  for (const file of ['upgrade.exs', 'deploy.exs']) rmSync(join(source, file), { force: true })
  const files = {
    'gatling.toml': unwatched,
    domains: 'shop.localhost\n',
    ...calmVm,
    ...lazyVm,
    ...withPostgres(),
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true })
    writeFileSync(join(source, path), text)
  }
  for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(name =>
    /\.exs?$/.test(name),
  )) {
    const text = readFileSync(join(source, path), 'utf8')
    writeFileSync(join(source, path), text.replaceAll(/:counter\b/g, ':shop'))
  }
  const all = [
    folder,
    source,
    ...readdirSync(source, { recursive: true, encoding: 'utf8' }).map(path => join(source, path)),
  ]
  for (const path of all) if (isRoot) chownSync(path, nobody, nobody)
  await serve()
  for (const line of ['git init -q -b main', 'git add -A', 'git commit -qm First']) await as(line.split(' '))
  const { repository } = JSON.parse((await gatling('load', 'shop', '--json')).stdout)
  await as(['git', 'remote', 'add', 'production', repository])
}, 60_000)
afterAll(async () => {
  await gatling('db', 'destroy', 'shop', '--yes', '--no-dump')
  if (server.exitCode === null) await stop('SIGTERM')
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

describe('a database in embedded mode', () => {
  it('is made by the command that the first push names', async () => {
    const push = await as(['git', 'push', 'production', 'main'])
    expect(push.code, push.text).not.toBe(0)
    expect(push.text).toContain('`gatling db create shop --deploy` makes a database')
    const created = await gatling('db', 'create', 'shop', '--deploy')
    expect(created.code, created.text).toBe(0)
    expect(await greeting()).toBe('Hello from app')
    expect(readFileSync(join(database, 'data', 'postgresql.conf'), 'utf8')).toContain("listen_addresses = ''")
    const again = await gatling('db', 'create', 'shop')
    expect([again.code, again.text]).toEqual([0, expect.not.stringContaining('▸')])
  }, 180_000)

  it.runIf(isRoot)('is refused to root, because PostgreSQL does not run as root', async () => {
    const { code, text } = await run([process.execPath, bin, 'db', 'create', 'shop'], { env })
    expect([code, text]).toEqual([1, expect.stringContaining('PostgreSQL refuses to run as root')])
  })

  it('can be backed up, restored beside the live one, and promoted', async () => {
    await psql('CREATE TABLE notes (n int); INSERT INTO notes SELECT generate_series(1, 3)')
    const backup = await gatling('db', 'backup', 'shop')
    expect(backup.code, backup.text).toBe(0)
    await psql('INSERT INTO notes VALUES (4)')
    // A killed restore leaves this database.
    const left = await as(['psql', '-h', database, '-U', 'postgres', '-qc', 'CREATE DATABASE app_new'])
    expect(left.code, left.text).toBe(0)
    const { backups } = JSON.parse((await gatling('db', 'backups', 'shop', '--json')).stdout)
    expect(backups).toMatchObject([{ kind: 'dump', of: 'r0' }])
    expect(readdirSync(join(database, 'backups'))).toHaveLength(1)
    const restored = await gatling('db', 'restore', 'shop', '--backup', backups[0].id)
    expect(restored.text).toContain('gatling db psql shop --on r1')
    expect((await psql('SELECT datname FROM pg_database')).text).not.toContain('app_new')
    expect([await countIn('--on', 'r1'), await countIn()]).toEqual(['3', '4'])
    const promoted = await gatling('db', 'promote', 'shop', 'r1')
    expect(promoted.code, promoted.text).toBe(0)
    expect([await countIn(), await greeting()]).toEqual(['3', 'Hello from app'])
    const { copies } = JSON.parse((await gatling('db', 'backups', 'shop', '--json')).stdout)
    expect(copies).toMatchObject([
      { label: 'r0', serves: false },
      { label: 'r1', serves: true },
    ])
    expect((await gatling('db', 'promote', 'shop', 'r1')).text).toContain('r1 serves shop already')

    // A killed promotion leaves this value.
    const url = (await gatling('config', 'get', 'shop', 'DATABASE_URL')).text.trim()
    await gatling('config', 'set', 'shop', `DATABASE_URL=${url.replace('/app_r1?', '/app?')}`)
    const finished = await gatling('db', 'promote', 'shop', 'r0')
    expect(finished.text).toContain('shop uses r0 now. r1, which it used before')
    expect((await gatling('db', 'promote', 'shop', 'r1')).code).toBe(0)
  }, 120_000)

  it('stops and starts with `gatling serve`, even after a power cut', async () => {
    await stop('SIGTERM')
    expect(existsSync(join(database, 'data', 'postmaster.pid'))).toBe(false)
    await serve()
    await until(
      async () => (await greeting().catch(() => '')) === 'Hello from app',
      'the app after a restart',
    )
    process.kill(postmaster(), 'SIGKILL')
    await stop('SIGKILL')
    await serve()
    await until(
      async () => (await greeting().catch(() => '')) === 'Hello from app',
      'the app after a power cut',
    )
    expect(await countIn()).toBe('3')
  }, 120_000)

  it('refuses the commands that are only for a server', async () => {
    for (const [verb, ...more] of [['rotate'], ['upgrade', '17'], ['clone', 'other']] as const) {
      const { code, text } = await gatling('db', verb, 'shop', ...more)
      expect([code, text]).toEqual([1, expect.stringContaining(`\`gatling db ${verb}\` is for a server`)])
    }
    for (const elsewhere of [
      ['backup', 'shop', '--to', 'storage'],
      ['restore', 'shop', '--at', '10:00', '--from', 'storage'],
      ['create', 'shop', '--from', 'storage'],
    ])
      expect((await gatling('db', ...elsewhere)).text).toContain('is for a server')
    await gatling('config', 'set', 'shop', 'DATABASE_URL=ecto://me:secret@elsewhere/shop')
    expect((await gatling('db', 'create', 'shop')).text).toContain('uses a database elsewhere')
    expect((await gatling('db', 'backup', 'shop')).text).toContain("shop has no database of Gatling's")
    await gatling('config', 'unset', 'shop', 'DATABASE_URL')
    expect((await gatling('db', 'create', 'shop')).code).toBe(0)
    expect(await countIn()).toBe('3')
  }, 60_000)

  it('outlives its app, and leaves a last dump when somebody destroys it', async () => {
    expect((await gatling('unload', 'shop', '--yes')).code).toBe(0)
    await gatling('load', 'shop')
    expect((await gatling('db', 'create', 'shop')).code).toBe(0)
    expect(await countIn()).toBe('3')
    expect((await gatling('db', 'destroy', 'shop', '--yes')).code).toBe(0)
    expect(existsSync(database)).toBe(false)
    expect(readdirSync(join(home, 'backups'))).toEqual([expect.stringMatching(/^shop-.*\.dump$/)])
    expect((await gatling('config', 'list', 'shop')).text).not.toContain('DATABASE_URL')
  }, 60_000)
})
