import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible, startBrowser, startDashboard } from '../helpers/browser.js'
import { works } from '../helpers/works.js'
import { type App, createWorld, until, type World } from '../helpers/world.js'

/** A build that prints harmful text and waits while a file exists. */
const build = `[build]
command = """
printf '\\\\033[31mred\\\\033[0m <img src=x onerror="document.title=1">\\\\n'
while [ -e "$HOLD" ]; do echo waits; sleep 0.05; done
echo "written $(date +%s%3N)"
mkdir -p public; echo "<h1>$(date)</h1>" > public/index.html
"""
`

describe('the page in a browser', () => {
  let world: World
  let app: App
  let browser: Browser
  let page: Page
  let dashboard: Awaited<ReturnType<typeof startDashboard>>
  const complaints: string[] = []
  const hold = (): string => join(world.folder, 'hold')
  const visit = async (path: string): Promise<void> => {
    const answer = await page.goto(new URL(path, dashboard.url).href)
    expect(answer?.status(), path).toBe(200)
  }
  const text = (): Promise<string> => page.evaluate('document.body.innerText')
  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
    app = await world.repository(join(world.folder, 'site'), 'site', {
      'gatling.toml': build.replaceAll('$HOLD', hold()),
      'public/index.html': '<h1>One</h1>',
    })
    await works(app.push())
    dashboard = await startDashboard(world)
    browser = await startBrowser()
    page = await (await browser.newContext()).newPage()
    page.on('pageerror', error => complaints.push(String(error)))
    page.on('console', message => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(dashboard.url)
  })
  // The build of a test that failed must not keep the next tests waiting.
  afterEach(() => rmSync(hold(), { force: true }))
  afterAll(async () => {
    dashboard?.process.kill()
    await browser?.close()
    await world?.close()
  })

  it('removes the token from the address, and shows the apps', async () => {
    expect(page.url()).toBe(new URL('/', dashboard.url).href)
    expect(await text()).toMatch(/1 of 1 app run[\s\S]*site[\s\S]*running/)
    expect(await page.title()).toBe('Apps · Gatling')
  })

  it('shows a push live, and runs no markup of its output', async () => {
    writeFileSync(hold(), '')
    await app.commit({ 'x.txt': '1' }, '<script>document.title=2</script>"\'&amp; \u001b[31mred')
    const pushed = app.push()
    await until(async () => {
      await visit('/apps/site')
      return (await text()).includes('Deploy 2 is running')
    }, 'the deploy on the page')
    await page.click('text=Deploy 2 is running')
    await page.waitForSelector('.log >> text=waits')
    expect(await text()).toContain('<script>document.title=2</script>"\'&amp; red')
    expect(await page.textContent('.log')).toContain('red <img src=x onerror="document.title=1">')
    expect(await page.locator('main img, main script').count()).toBe(0)

    rmSync(hold())
    await page.waitForSelector('.log >> text=/^written \\d/')
    const late = await page.evaluate(
      "Date.now() - Number(/^written (\\d+)$/m.exec(document.querySelector('.log').innerText)[1])",
    )
    expect(late).toBeLessThan(3_000)
    await page.waitForSelector('text=Release 2 is live')
    await page.waitForSelector('.waterfall >> text=build_site')
    expect(await page.title()).toBe('site 2 · Gatling')
    await works(pushed)
  })

  it('searches the log of an app', async () => {
    await visit('/apps/site/logs')
    await page.fill('[data-search]', 'nothing has this')
    await until(
      async () => (await text()).includes('0 of 0 lines') || (await text()).includes('0 of'),
      'the count',
    )
  })

  it('shows a failed deploy with the reason and the live release', async () => {
    await app.commit({ 'gatling.toml': '[build]\ncommand = "echo no; exit 3"\n' }, 'Break it')
    expect((await app.push()).code).not.toBe(0)
    await visit('/apps/site/deploys/3')
    await page.waitForSelector('text=Not deployed: build_site failed')
    expect(await text()).toMatch(/Now: release 2 .* still serves/)
    await visit('/')
    expect(await text()).toContain('failed')
  })

  it('is accessible in both themes and on a phone', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width: colorScheme === 'dark' ? 1200 : 375, height: 700 })
      for (const path of [
        '/',
        '/apps/site',
        '/apps/site/deploys/2',
        '/apps/site/deploys/3',
        '/apps/site/logs',
        '/apps/site/releases',
        '/apps/site/releases/1/back',
        '/apps/site/compare?from=1&to=2',
        '/apps/site/config',
        '/audit',
      ]) {
        await visit(path)
        if (path.includes('deploys')) await page.waitForSelector('.waterfall')
        await expectAccessible(page)
      }
    }
    expect(complaints).toEqual([])
  })

  it('works with the keyboard', async () => {
    await visit('/')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    for (let press = 0; press < 6; press++) {
      await page.keyboard.press('Tab')
      if ((await page.evaluate('document.activeElement.textContent')) === 'site') break
    }
    await page.keyboard.press('Enter')
    await page.waitForURL('**/apps/site')
  })

  it('warns that it is out of date when its process dies', async () => {
    writeFileSync(hold(), '')
    await app.commit({ 'gatling.toml': build.replaceAll('$HOLD', hold()) }, 'Fix it')
    const pushed = app.push()
    await until(() => existsSync(join(app.dir, 'runs', '4', 'began.json')), 'the deploy')
    await visit('/apps/site/deploys/4')
    await page.waitForSelector('.log >> text=waits')
    dashboard.process.kill('SIGKILL')
    await page.waitForSelector('[data-lost]:not([hidden])')

    rmSync(hold())
    await works(pushed)
  })
})
