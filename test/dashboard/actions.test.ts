import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onThisMachine } from '../../src/cli/this-machine.js'
import { openPage } from '../helpers/page.js'
import { works } from '../helpers/works.js'
import { type App, createWorld, get, until, type World } from '../helpers/world.js'

/** Every test runs the real commands on a static site, because that deploys in a second. */
describe('the actions of the page', () => {
  let world: World
  let app: App
  let page: Awaited<ReturnType<typeof openPage>>
  /** Sends a form. @returns the address that the answer redirects to. */
  const led = async (path: string, fields: Record<string, string> = {}): Promise<string | null> => {
    const answer = await page.post(path, fields)
    expect(answer.status, await answer.clone().text()).toBe(303)
    return answer.headers.get('location')
  }
  const served = async (): Promise<string> => (await app.get('/')).body

  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
    app = await world.repository(join(world.folder, 'site'), 'site', { 'public/index.html': 'One' })
    await works(app.push())
    await app.commit({ 'public/index.html': 'Two' }, '<b>Two</b>')
    await works(app.push())
    page = await openPage(onThisMachine(world.home))
  })
  afterAll(async () => {
    page?.dashboard.close()
    await world?.close()
  })

  it('roll back after showing what would change', async () => {
    expect(await page.text('/apps/site/releases')).toContain('href="/apps/site/releases/1/back"')
    const asks = await page.text('/apps/site/releases/1/back')
    expect(asks).toContain('No longer serves')
    expect(asks).toContain('release 2: &lt;b&gt;Two&lt;/b&gt;')
    expect(asks).toContain('values that were set since the last deploy are lost')
    expect(asks).toMatch(/Nothing is against it[\s\S]*the switch is one rename/)
    // There is no schema to decide about.
    expect(asks).not.toContain('stay up')
    expect(await served()).toBe('Two')
    expect(await led('/apps/site/releases/1/back', { schema: 'refuse', config: 'back' })).toBe(
      '/apps/site/deploys/3',
    )
    await until(async () => (await served()) === 'One', 'the rollback')
    expect(await page.text('/apps/site')).toContain('rollback')
    expect((await page.get('/apps/site/releases/1/back')).status).toBe(404)
  })

  it('compare two releases that are chosen in the list', async () => {
    const list = await page.text('/apps/site/releases')
    expect(list).toMatch(/form="compare" name="from" value="2" checked/)
    expect(list).toMatch(/form="compare" name="to" value="1" checked/)
    const compared = await page.text('/apps/site/compare?from=1&to=2')
    expect(compared).toMatch(/1 commit more[\s\S]*&lt;b&gt;Two&lt;\/b&gt;/)
    expect(await page.text('/apps/site/compare?from=2&to=2')).toContain('Nothing differs')
    expect((await page.get('/apps/site/compare?from=1')).status).toBe(303)
    const refused = await page.get('/apps/site/compare?from=1&to=99')
    expect(await refused.text()).toContain('RELEASE_NOT_THERE')
  })

  it('pin and unpin a release', async () => {
    expect(await led('/apps/site/releases/2/pin')).toBe('/apps/site/releases')
    expect(await world.json('releases', 'site')).toContainEqual(
      expect.objectContaining({ release: 2, pinned: true }),
    )
    expect(await page.text('/apps/site/releases')).toContain('pinned')
    await led('/apps/site/releases/2/unpin')
    const refused = await page.post('/apps/site/releases/99/pin', {})
    expect(refused.status).toBe(502)
    expect(await refused.text()).toContain('RELEASE_NOT_THERE')
  })

  it('set and unset a config value, and never show it', async () => {
    const value = 'correct horse\n  battery $(id) "staple" '
    await led('/apps/site/config', { key: 'PASSWORD', value: value.replace('\n', '\r\n') })
    expect((await world.cli('config', 'get', 'site', 'PASSWORD')).stdout).toBe(`${value}\n`)
    await led('/apps/site/config', { key: 'GREETING', value: 'public horse', public: 'on' })
    const shown = await page.text('/apps/site/config')
    expect(shown).toMatch(/GREETING[\s\S]*shown[\s\S]*PASSWORD[\s\S]*hidden/)
    expect(shown).not.toContain('horse')
    expect(await page.text('/audit')).toContain('PASSWORD')
    await led('/apps/site/config/PASSWORD/unset')
    expect(await page.text('/apps/site/config')).not.toContain('PASSWORD')
  })

  it.each(['', '--public', 'A=B', 'A B', '-x', 'Ä'])(
    'refuse a wrong name of a config value: %j',
    async key => {
      expect((await page.post('/apps/site/config', { key, value: 'x' })).status).toBe(404)
    },
  )

  it('redeploy, and lead to the new deploy', async () => {
    expect(await led('/apps/site/redeploy')).toMatch(/^\/apps\/site\/deploys\/\d+$/)
  })

  it('refuse a visitor without the token on the port of embedded mode', async () => {
    const { status, body } = await get(world.serving().port, 'gatling.localhost', '/')
    expect(status).toBe(401)
    expect(body).toContain('Open the page by the address that the terminal shows.')
  })

  it('offer no look inside a static site, which has no process', async () => {
    expect(await page.text('/apps/site')).not.toContain('inside')
    expect(await page.text('/apps/site/inside')).toContain('NO_PROCESS')
  })

  it('show the error of the command for an unknown app', async () => {
    for (const path of ['/redeploy', '/releases/1/back', '/deploys/1/cancel']) {
      const refused = await page.post(`/apps/missing${path}`, {})
      expect(refused.status).toBe(404)
      expect(await refused.text()).toContain('PROJECT_UNKNOWN')
    }
  })
})
