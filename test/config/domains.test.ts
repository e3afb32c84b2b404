import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultDomain, parseDomains } from '../../src/config/domains.js'
import { failureOf } from '../helpers/failure.js'

describe('the domains file', () => {
  it.each([
    ['', []],
    ['\n  \n# none yet\n', []],
    ['example.com', ['example.com']],
    ['a.com, b.com,c.com', ['a.com', 'b.com', 'c.com']],
    ['a.com b.com\tc.com\r\nd.com\r\n', ['a.com', 'b.com', 'c.com', 'd.com']],
    ['a.com # the shop\n# b.com\nc.com#d.com', ['a.com', 'c.com']],
    ['*.example.com, example.com', ['*.example.com', 'example.com']],
    ['xn--mnchen-3ya.de', ['xn--mnchen-3ya.de']],
    ['my_host localhost 192.168.0.1', ['my_host', 'localhost', '192.168.0.1']],
    ['Example.COM', ['example.com']],
    ['example.com.', ['example.com']],
    ['b.com a.com B.COM a.com. b.com', ['b.com', 'a.com']],
    [',,a.com,,', ['a.com']],
  ])('%j names %j', (text, names) => {
    expect(parseDomains(text)).toEqual(names)
  })

  it.each([
    'http://example.com',
    'example.com:4000',
    'example.com/shop',
    'münchen.de',
    '*',
    '*.',
    'a.*.com',
    '*a.com',
    '**.a.com',
    'a..com',
    '.a.com',
    '-a.com',
    'a-.com',
    'user@a.com',
    '"a.com"',
    '../a',
    'a;b',
    `${'a'.repeat(64)}.com`,
    `${'a.'.repeat(126)}com`,
  ])('refuses %j', async name => {
    const error = await failureOf(() => parseDomains(`good.com\n${name}\n`))
    expect(error.code).toBe('DOMAINS_INVALID')
    expect(error.message).toContain(name)
    expect(error.message).not.toContain('good.com')
  })

  it('names all that is wrong with it', async () => {
    const error = await failureOf(() => parseDomains('a..com, ok.com, b:1'))
    expect(error.message).toContain('a..com, b:1')
  })

  it('gives the same names however they are separated', () => {
    const name = fc.stringMatching(/^[a-z0-9]{1,10}(\.[a-z0-9]{1,10}){0,3}$/)
    const separator = fc.constantFrom(',', ' ', '\n', '\r\n', ', ', '\n# b.com, c.com\n', '\t')
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), separator, (names, between) => {
        expect(parseDomains(names.join(between))).toEqual(names)
      }),
    )
  })

  it('may be missing: an app then answers on a name that every browser takes for this machine', () => {
    expect(defaultDomain('my_app')).toBe('my-app.localhost')
    expect(parseDomains(defaultDomain('my_app'))).toEqual(['my-app.localhost'])
  })
})
