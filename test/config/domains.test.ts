import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultDomain, overlapOf, parseDomains, refuseSuffixes } from '../../src/config/domains.js'
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
    ['my_host localhost _dmarc.a.com', ['my_host', 'localhost', '_dmarc.a.com']],
    ['shop.test *.shop.test *.shop.localhost', ['shop.test', '*.shop.test', '*.shop.localhost']],
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
    // names that belong to nobody or to everybody
    '_',
    '192.168.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '0x7f000001',
    '1.2.3.4.',
    '*.test',
    '*.com',
    '*.localhost',
    '*.localhost.',
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

  it('gets an error that lists every wrong name', async () => {
    const error = await failureOf(() => parseDomains('a..com, ok.com, b:1'))
    expect(error.message).toContain('a..com, b:1')
  })

  it('gives the same names with every separator', () => {
    const name = fc.stringMatching(/^[a-z0-9]{1,10}(\.[a-z0-9]{1,10}){0,3}\.test$/)
    const separator = fc.constantFrom(',', ' ', '\n', '\r\n', ', ', '\n# b.com, c.com\n', '\t')
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), separator, (names, between) => {
        expect(parseDomains(names.join(between))).toEqual(names)
      }),
    )
  })

  it.each(['com', 'co.uk', '*.co.uk', 'github.io', '*.github.io', '*.duckdns.org', 'xn--p1ai'])(
    'refuses %s, under which many people have names',
    async name => {
      const error = await failureOf(() => refuseSuffixes(['good.com', name]))
      expect(error.code).toBe('DOMAINS_INVALID')
      expect(error.message).toContain(name)
      expect(error.message).not.toContain('good.com')
    },
  )

  it('accepts names under public suffixes, and names for home and tests', async () => {
    const names = ['a.com', '*.a.com', '*.a.co.uk', 'jane.github.io', '*.jane.github.io', '1-2-3-4.nip.io']
    const ownNames = [
      'localhost',
      'shop.localhost',
      'shop.test',
      '*.shop.test',
      'nas',
      'nas.local',
      'a.internal',
    ]
    await expect(refuseSuffixes([...names, ...ownNames])).resolves.toBeUndefined()
  })

  it.each<[string, string, boolean]>([
    ['a.b.test', 'a.b.test', true],
    ['*.b.test', 'a.b.test', true],
    ['*.b.test', 'a.a.b.test', true],
    ['*.b.test', '*.a.b.test', true],
    ['*.b.test', '*.b.test', true],
    ['*.b.test', 'b.test', false],
    ['*.b.test', 'ab.test', false],
    ['*.b.test', '*.c.test', false],
    ['*.a.b.test', 'b.a.test', false],
    ['a.b.test', 'b.test', false],
  ])('%s and %s overlap: %s', (a, b, is) => {
    expect(overlapOf(['x.test', a], ['y.test', b])).toEqual(is ? { name: a, other: b } : null)
    expect(overlapOf([b], [a])).toEqual(is ? { name: b, other: a } : null)
  })

  it('can be missing: the app then has a name under localhost', () => {
    expect(defaultDomain('my_app')).toBe('my-app.localhost')
    expect(parseDomains(defaultDomain('my_app'))).toEqual(['my-app.localhost'])
  })
})
