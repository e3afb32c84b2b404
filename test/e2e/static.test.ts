import { cpSync, existsSync, symlinkSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { works } from '../helpers/works.js'
import { type App, createWorld, type Output, root, until, type World } from '../helpers/world.js'

const stepsOf = (output: Output): string[] =>
  [...output.text.matchAll(/^▸ (\w+)$/gm)].map(match => match[1] ?? '')

describe('a static site', () => {
  let world: World
  let app: App
  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
    const source = join(world.folder, 'pages')
    cpSync(join(root, 'examples', 'pages'), source, { recursive: true })
    app = await world.repository(source, 'pages', { domains: 'pages.localhost\npages.example.com\n' })
  })
  afterAll(() => world.close())

  /** Sends a path unchanged. @returns the whole answer. */
  const ask = (path: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
      const { port } = world.serving()
      const options = { host: '127.0.0.1', port, path, headers: { host: 'pages.localhost', ...headers } }
      request({ ...options, agent: false }, response => {
        let body = ''
        response.setEncoding('utf8').on('data', text => {
          body += text
        })
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        )
      })
        .once('error', reject)
        .end()
    })
  const greet = (text: string): Record<string, string> => ({
    'public/index.html': app.read('public/index.html').replace(/<h1>.*<\/h1>/, `<h1>${text}</h1>`),
  })
  it('is deployed by a push of the example, with its hooks', async () => {
    const first = await works(app.push())
    expect(stepsOf(first)).toEqual([
      'build_site',
      'make_deploy_dir',
      'copy_release_to_deploy',
      'install_init_script',
      'configure_nginx',
    ])
    expect(first.text).toContain('static: an index.html in public')
    expect(first.text).toContain('pages goes to http://pages.localhost')
    expect(first.text).toContain('Release 1 is live at http://pages.localhost')
    expect((await app.get('/')).body).toContain('Hello from version one')
  })

  it('has files with content types, which browsers must revalidate', async () => {
    const css = await ask('/style-1.css')
    expect(css).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/css',
        'cache-control': 'no-cache',
        'last-modified': expect.any(String),
        etag: expect.any(String),
      },
    })
    const again = await ask('/style-1.css', { 'if-none-match': String(css.headers['etag']) })
    expect(again).toMatchObject({ status: 304, body: '' })
    expect(String((await ask('/')).headers['content-type'])).toContain('text/html')
  })

  it('has a page for each folder and its own page for 404', async () => {
    expect(await ask('/about')).toMatchObject({ status: 301, headers: { location: '/about/' } })
    expect((await ask('/about/')).body).toContain('<h1>About</h1>')
    const missing = await ask('/nothing')
    expect(missing.status).toBe(404)
    expect(missing.body).toContain('This page is not here')
  })

  it.each([
    '/../../../state.json',
    '/%2e%2e/%2e%2e/releases/1/gatling.json',
    '/..%2f..%2freleases%2f1%2fgatling.json',
    '/../a/index.html',
    '//etc/passwd',
    '/%00',
    '/%',
  ])('shows nothing outside of its folder: %s', async path => {
    expect((await ask(path)).status).toBe(404)
  })

  it('publishes no hidden files and no links, except .well-known', async () => {
    await app.commit({
      ...greet('Hello from version two'),
      'public/.env': 'SECRET=1',
      'public/.well-known/security.txt': 'Contact: mailto:us@example.com',
      'public/style-2.css': 'body {}',
      'public/style-1.css': null,
      'public/about/index.html': null,
    })
    symlinkSync('/etc/hostname', join(app.source, 'public', 'link.txt'))
    await app.commit({})
    await works(app.push())
    expect((await app.get('/')).body).toContain('Hello from version two')
    expect((await ask('/.env')).status).toBe(404)
    expect((await ask('/link.txt')).status).toBe(404)
    expect((await ask('/.well-known/security.txt')).body).toContain('Contact')
  })

  it('keeps old assets for pages that are still open, but no old page', async () => {
    expect((await ask('/style-1.css')).body).toContain('sans-serif')
    expect((await ask('/about/')).status).toBe(404)
  })

  it('appears in status, releases, history and plan', async () => {
    expect((await world.json('status', 'pages')).apps).toMatchObject([
      { project: 'pages', state: 'running', release: 2, version: 'files' },
    ])
    expect(await world.json('releases', 'pages')).toHaveLength(2)
    expect(await world.json('history', 'pages')).toHaveLength(2)
    const plan = await works(world.cli('plan', 'pages'))
    expect(plan.text).toContain('the proxy serves the files: the switch is one rename')
    expect(existsSync(join(app.dir, 'deploy', 'releases', '3'))).toBe(false)
  })

  it('has metrics with a mark for each deploy', async () => {
    for (let times = 0; times < 20; times++) await ask('/')
    const all = await world.json('metrics', 'pages')
    expect(all).toMatchObject({
      project: 'pages',
      step_s: 300,
      deploys: [
        { number: 1, state: 'ok', mode: 'start' },
        { number: 2, mode: 'swap' },
      ],
    })
    expect(all.series).toHaveLength(288)
    await until(async () => (await world.json('metrics', 'pages')).total.requests >= 40, 'the requests')
    const { total, series } = await world.json('metrics', 'pages')
    expect(total).toMatchObject({ errors: 0, memory_bytes: null, cpu_percent: null })
    expect(total.classes[1]).toBeGreaterThan(20)
    expect(total.classes[3]).toBeGreaterThan(5)
    expect(total.p95_ms).toBeGreaterThan(0)
    expect(total.requests).toBe(series.reduce((sum: number, one: typeof total) => sum + one.requests, 0))
    const shown = await works(world.cli('metrics', 'pages'))
    expect(shown.text).toMatch(/^pages: \d+ requests, .* sent; each column is 30 min$/m)
    // A new half hour can begin during the test.
    expect(shown.text).toMatch(/^requests\/s +▁+(?:█|[▁-█]█|█[▁-█]) +[\d.]+ +[\d.]+$/m)
    expect(shown.text).toMatch(/\^ deploy 2 of [0-9a-f]{7} swap/)
    expect((await works(world.cli('top'))).text).toMatch(/^pages +running +[\d.]+ +0 /m)
    expect((await works(world.cli('metrics', '--openmetrics'))).text).toContain(
      'gatling_requests_total{app="pages",class="5xx"} 0',
    )
    const refused = await world.cli('metrics', 'pages', '--since', '31d')
    expect([refused.code, refused.text]).toEqual([
      2,
      expect.stringContaining('31d is not a time of at most 30 days'),
    ])
  })

  it('refuses what needs a process', async () => {
    for (const command of [
      ['console', 'pages'],
      ['run', 'pages', 'true'],
    ]) {
      const refused = await world.cli(...command)
      expect(refused.code).toBe(1)
      expect(refused.text).toContain('pages is a folder of files, so it has no process')
    }
    const hot = await world.cli('redeploy', 'pages', '--mode', 'hot')
    expect(hot.code).toBe(1)
    expect(hot.text).toContain('files have no code that runs')
  })

  it('can be rolled back', async () => {
    await works(world.cli('rollback', 'pages'))
    expect((await app.get('/')).body).toContain('Hello from version one')
    expect((await ask('/about/')).status).toBe(200)
  })

  it('serves on when a later step or the build fails', async () => {
    await app.commit({
      ...greet('Hello from a broken version'),
      'upgrade.js': "export default { after_configure_nginx() { throw new Error('no') } }\n",
    })
    const failed = await app.push()
    expect(failed.code).toBe(1)
    expect((await app.get('/')).body).toContain('Hello from version one')
    await app.commit({ 'upgrade.js': null, 'gatling.toml': '[build]\ncommand = "false"\n' })
    expect((await app.push()).code).toBe(1)
    expect((await app.get('/')).body).toContain('Hello from version one')
  })

  it('can be built by a command, into another folder', async () => {
    await app.commit({
      'gatling.toml': `[app]\nstack = "static"\nfolder = "dist"\n\n[build]\ncommand = "mkdir -p dist/style-2.css && touch dist/style-2.css/x.css && sed 's/broken/built/' public/index.html >dist/index.html"\n`,
      'deploy.js': `import { writeFileSync } from 'node:fs'
export default { after_build_site() {}, before_unconfigure_nginx() { writeFileSync('${world.folder}/hook-ran', '') } }\n`,
      '.gitignore': 'dist\n',
    })
    await works(app.push())
    expect((await app.get('/')).body).toContain('Hello from a built version')
  })

  it('can have a folder whose name was a file of an earlier release', async () => {
    expect((await ask('/style-2.css/x.css')).status).toBe(200)
  })

  it('is served after a restart of embedded mode', async () => {
    await world.stop()
    await world.serve()
    // The keeper answers before it has brought the apps back.
    await until(async () => (await app.get('/')).status === 200, 'the site')
    expect((await app.get('/')).body).toContain('Hello from a built version')
  })

  it('is refused as another stack, and when two stacks fit', async () => {
    const mixExs = 'defmodule Pages.MixProject do\n  use Mix.Project\n  def project, do: [app: :pages]\nend\n'
    await app.commit({ 'mix.exs': mixExs, 'gatling.toml': null })
    const two = await app.push()
    expect(two.code).toBe(1)
    expect(two.text).toContain('can be phoenix (a mix.exs) or static (an index.html in public)')
    await app.commit({ 'gatling.toml': '[app]\nstack = "phoenix"\n' })
    const other = await app.push()
    expect(other.code).toBe(1)
    expect(other.text).toContain('the live release of pages is another kind of app')
  })

  it('is unloaded with its hooks, whatever is in its checkout', async () => {
    await works(world.cli('unload', 'pages', '--yes'))
    expect(existsSync(join(world.folder, 'hook-ran'))).toBe(true)
    expect((await ask('/')).status).toBe(404)
    expect(existsSync(app.dir)).toBe(false)
  })
})
