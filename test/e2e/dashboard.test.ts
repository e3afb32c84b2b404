import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible, startBrowser, startDashboard } from '../helpers/browser.js'
import { startLoad } from '../helpers/load.js'
import { works } from '../helpers/works.js'
import { type App, createWorld, lazyVm, until, type World } from '../helpers/world.js'

describe('a Phoenix app on the page', () => {
  let world: World
  let app: App
  let browser: Browser
  let page: Page
  let dashboard: Awaited<ReturnType<typeof startDashboard>>
  const greeting = async (): Promise<string> => JSON.parse((await app.get('/version')).body).greeting
  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
    app = await world.app('counter', 'counter', lazyVm)
    await works(app.push())
    dashboard = await startDashboard(world)
    browser = await startBrowser()
    page = await browser.newPage()
    await page.goto(dashboard.url)
  })
  afterAll(async () => {
    dashboard?.process.kill()
    await browser?.close()
    await world?.close()
  })

  it('is shown step by step during a push', async () => {
    const source = app.read('lib/counter.ex').replace(/@greeting ".*"/, '@greeting "Two"')
    await app.commit({ 'lib/counter.ex': source }, 'Say two')
    const pushed = app.push()
    await until(async () => {
      await page.goto(new URL('/apps/counter', dashboard.url).href)
      return page.locator('text=Deploy 2 is running').count()
    }, 'the deploy on the page')
    await page.click('text=Deploy 2 is running')
    for (const step of ['mix_compile', 'mix_release', 'upgrade_service'])
      await page.waitForSelector(`.waterfall li:not(.ahead) >> text=${step}`)
    await page.waitForSelector('.plan >> text=1 module (Counter)')
    await page.waitForSelector('text=Release 2 is live')
    await works(pushed)
  })

  it('shows the figures of its node after the page has loaded', async () => {
    await page.goto(new URL('/apps/counter', dashboard.url).href)
    await page.waitForSelector('.inside >> text=atoms')
    await expectAccessible(page)
    // Without JavaScript the figures have their own page.
    await page.goto(new URL('/apps/counter/inside', dashboard.url).href)
    expect(await page.locator('.inside >> text=run queue').count()).toBe(1)
  })

  it('can be rolled back in two clicks, and keeps its WebSockets', async () => {
    const load = await startLoad(world.serving().port, 'counter.localhost', { clients: 2, sockets: 3 })
    await page.click('text=Releases')
    await page.click('text=Roll back…')
    await page.waitForSelector('text=Nothing is against it')
    await page.waitForSelector('text=1 module (Counter)')
    await page.click('button:has-text("Roll back to release 1")')
    await page.waitForURL('**/deploys/3')
    await page.waitForSelector('text=Release 1 is live')
    expect(await greeting()).not.toBe('Two')
    const { failures, closed } = await load.stop()
    expect([failures, closed]).toEqual([[], []])
  })
})
