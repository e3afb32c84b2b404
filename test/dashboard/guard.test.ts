import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onThisMachine } from '../../src/cli/this-machine.js'
import { listenForBrowser } from '../../src/dashboard/listen.js'
import { host, openPage } from '../helpers/page.js'
import { bin, collect, until } from '../helpers/world.js'

const reach = onThisMachine(join(mkdtempSync(join(tmpdir(), 'gatling-page-')), 'home'))

describe('the guard of the page', () => {
  let page: Awaited<ReturnType<typeof openPage>>
  beforeAll(async () => {
    page = await openPage(reach)
  })
  afterAll(() => page.dashboard.close())

  it('lets the token in, and then the cookie', async () => {
    expect(page.entered.status).toBe(303)
    expect(page.entered.headers.get('location')).toBe('/')
    expect(page.entered.headers.get('set-cookie')).toMatch(
      /^gatling-4321=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    )
    expect(page.cookie).not.toContain(page.dashboard.token)
    expect((await page.get('/')).status).toBe(200)
  })

  it.each([
    ['no cookie', {}],
    ['another cookie', { cookie: `gatling-4321=${'x'.repeat(43)}` }],
    ['the cookie of another port', { cookie: `gatling-1=${'x'.repeat(43)}` }],
  ])('refuses a visitor with %s', async (_, headers) => {
    for (const path of ['/', '/apps/shop', '/apps/shop/logs/stream', '/page.js', '/?token=wrong']) {
      const refused = await page.raw(path, { headers })
      expect(refused.status).toBe(401)
      expect(await refused.text()).not.toContain('this machine')
    }
  })

  it.each([
    'evil.example.com',
    'evil.example.com:4321',
    '127.0.0.1',
    '127.0.0.1:1',
    '',
    'localhost:4321.evil.com',
  ])('refuses another host name, as in DNS rebinding: %j', async name => {
    const { cookie, dashboard } = page
    for (const path of ['/', `/?token=${dashboard.token}`]) {
      const refused = await page.raw(path, { headers: { cookie } }, name)
      expect(refused.status).toBe(421)
      expect(refused.headers.get('set-cookie')).toBeNull()
    }
  })

  it.each([
    ['another site', { origin: 'https://evil.example.com' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:4000' }],
    ['a name in front', { origin: `http://${host}.evil.com` }],
    ['a sandboxed frame', { origin: 'null' }],
    ['nowhere', { origin: '' }],
  ])('refuses a form from %s', async (_, headers) => {
    const refused = await page.post('/apps/shop/cancel', {}, headers)
    expect(refused.status).toBe(403)
    expect(await refused.text()).toContain('Gatling did nothing')
  })

  it('sends a policy with every answer that runs only its own files', async () => {
    for (const path of ['/', '/page.css', '/nothing', '/apps/shop']) {
      const { headers } = await page.get(path)
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it.each([
    '/apps/--help',
    '/apps/..%2f..',
    '/apps/-x',
    '/apps/Shop',
    '/apps/shop%0a',
    '/apps/shop/deploys/-1',
    '/apps/shop/deploys/1e3',
  ])('turns no address into an option or another command: %s', async path =>
    expect((await page.get(path)).status).toBe(404),
  )
})

describe('the page on its port', () => {
  it('listens only on loopback, and answers only to its own names', async () => {
    const page = await listenForBrowser(reach)
    const { port, pathname, search } = new URL(page.url)
    const status = (name: string): Promise<number> =>
      new Promise((resolve, reject) =>
        request(
          { host: '127.0.0.1', port, path: pathname + search, headers: { host: name }, agent: false },
          answer => resolve(answer.resume().statusCode ?? 0),
        )
          .once('error', reject)
          .end(),
      )
    expect(await status(`127.0.0.1:${port}`)).toBe(303)
    expect(await status(`localhost:${port}`)).toBe(303)
    expect(await status(`rebound.example.com:${port}`)).toBe(421)
    await page.close()
  })
})

describe('the browser', () => {
  it('opens a private file, so that no command line has the token', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatling-page-'))
    const opener = join(folder, process.platform === 'darwin' ? 'open' : 'xdg-open')
    const said = join(folder, 'said')
    writeFileSync(
      opener,
      `#!/bin/sh\nstat -c %a "$1" > ${said}.new; echo "$@" >> ${said}.new; cat "$1" >> ${said}.new; mv ${said}.new ${said}\n`,
    )
    chmodSync(opener, 0o755)
    const child = spawn(process.execPath, [bin, 'dashboard'], {
      env: { ...process.env, GATLING_HOME: join(folder, 'home'), PATH: `${folder}:${process.env['PATH']}` },
    })
    const ended = collect(child)
    await until(() => existsSync(said), 'the browser')
    const [mode, words = '', ...page] = readFileSync(said, 'utf8').split('\n')
    child.kill()
    const { code, stdout } = await ended
    const url = /http:\S+token=[\w-]+/.exec(stdout)?.[0] ?? 'no address'
    expect([mode, code]).toEqual(['600', 0])
    expect(words).not.toContain('token')
    expect(page.join()).toContain(`url=${url}`)
    expect(existsSync(words)).toBe(false)
  })
})
