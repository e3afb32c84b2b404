import { describe, expect, it } from 'vitest'
import { asksFor, healthOf } from '../../src/core/health.js'
import type { HttpAnswer } from '../../src/core/host.js'

const to = (location: string, setsCookie = false): HttpAnswer => ({ status: 301, location, setsCookie })
const says = (status: number): HttpAnswer => ({ status, location: null, setsCookie: false })

/** Checks the health of an app with these answers over http and over https. */
const health = (http: HttpAnswer | null, https: HttpAnswer | null, scheme: 'http' | 'https' = 'http') =>
  healthOf(async asked => (asked.scheme === 'http' ? http : https), {
    port: 1,
    path: '/up?all=1',
    hostName: 'shop.test',
    scheme,
    timeoutMs: 1,
  })
const itself = to('https://shop.test/up?all=1')

describe('the health of an instance', () => {
  it.each([
    ['a page', says(200), true],
    ['a page that is not there', says(404), true],
    ['an error', says(500), false],
    ['nothing', null, false],
    ['a redirect to another page', to('https://shop.test/login'), true],
    ['a redirect to another page, without a host', to('/login'), true],
    ['a redirect to another host', to('https://www.shop.test/up?all=1'), true],
    ['a redirect to itself with a cookie', to('https://shop.test/up?all=1', true), true],
  ])('is judged by %s', async (_, answer, healthy) => {
    expect(await health(answer, says(500))).toMatchObject({ healthy, forcesHttps: false })
  })

  it('is judged by its answer over https when it redirects http', async () => {
    expect(await health(itself, says(200))).toMatchObject({ healthy: true, forcesHttps: true })
    const failing = await health(itself, says(500))
    expect(failing).toMatchObject({ healthy: false, forcesHttps: false })
    expect(failing.finding).toBe('it answered with status 500')
  })

  it('is bad when https redirects to itself, and the finding names the fix', async () => {
    for (const { healthy, finding } of [await health(itself, itself), await health(null, itself, 'https')]) {
      expect(healthy).toBe(false)
      expect(finding).toContain('https://shop.test/up?all=1 to itself')
      expect(finding).toContain('rewrite_on: [:x_forwarded_proto]')
    }
  })

  it('is checked with the host and scheme that the proxy sends', () => {
    expect(asksFor('https://shop.test')).toEqual({ hostName: 'shop.test', scheme: 'https' })
    expect(asksFor('http://shop.localhost:4000')).toEqual({ hostName: 'shop.localhost', scheme: 'http' })
  })
})
