import { describe, expect, it } from 'vitest'
import { costOf } from '../../src/config/nginx-pattern.js'

describe('a regular expression of an app', () => {
  it.each<[string, number]>([
    ['^de', 1],
    [String.raw`\.(css|js|png)$`, 12],
    ['(google|bing|yandex)bot', 25],
    ['^/old/(.*)$', 9],
    ['^(.*)/$', 5],
    [String.raw`^/users/(\d+)/posts/([^/]+)/(.*)$`, 23],
    ['^/([^/]+)/([^/]+)$', 8],
    [String.raw`^/(\d+)-(\w+)\.html$`, 13],
    [String.raw`^(https?://)?(www\.)?shop\.test$`, 1],
    [String.raw`^(?:.+\.)?shop\.test$`, 24],
    ['^/(?!api/)', 1],
    ['^/x{2}/(?<!a)b', 1],
    ['^/(a|b(c|d)?)/(e|f)', 1],
    ['^/[a-z]{2,3}/', 5],
    ['a|b|c', 3],
    ['x{20}', 21],
    ['(a|b)cd', 6],
    ['ab?c', 4],
  ])('%s looks at a letter %i times at most', (pattern, cost) => {
    expect(costOf(pattern)).toBe(cost)
  })

  it.each<[string, string]>([
    // exponential
    ['^(a|aa)+$', 'repeats a group'],
    ['^(a+)+$', 'repeats a group'],
    ['^(a|a)*x', 'repeats a group'],
    ['^(?:a|b){2,20}x', 'repeats a group'],
    ['^(a|b){20}x', 'repeats a group'],
    ['^(a?){20}x', 'repeats a group'],
    ['^a**', 'repeats a group'],
    // a polynomial of a high degree
    ['^.*.*.*x', 'can match what comes after it'],
    ['^(.*)/(.*)x$', 'can match what comes after it'],
    [String.raw`^\w+\d+x`, 'can match what comes after it'],
    ['^[a-z]+[^x]*x', 'can match what comes after it'],
    ['^a+A*x', 'can match what comes after it'],
    ['^a+b?a+x', 'can match what comes after it'],
    ['^a+b*a+x', 'can match what comes after it'],
    ['^a{1,500}a{1,500}x', 'can match what comes after it'],
    ['^(a+|b)/c+d', 'can match what comes after it'],
    ['^.*?x.*?y', 'can match what comes after it'],
    ['.*x', 'does not begin with ^'],
    ['/old/(.*)', 'does not begin with ^'],
    ['a+b', 'does not begin with ^'],
    ['^a|b+c', 'does not begin with ^'],
    ['(^a+b)', 'does not begin with ^'],
    // syntax that means something else than it seems
    ['(?i)a', 'more with ( )'],
    ['(?m)^a+$', 'more with ( )'],
    ['^(?:a(?R)?b)', 'more with ( )'],
    ['^(a)(?1)', 'more with ( )'],
    ['^(?>a+)', 'more with ( )'],
    ['^(?#a)', 'more with ( )'],
    ['^(?P<x>a)', 'more with ( )'],
    ['(*LIMIT_MATCH=9)a', 'repeats a group'],
    [String.raw`^(a+)\1`, 'more than letters'],
    [String.raw`^\Qa+\E`, 'more than letters'],
    [String.raw`^\x41`, 'more than letters'],
    ['^[[:alpha:]]', 'more than letters'],
    ['^[]a]', 'more than letters'],
    ['^[z-a]', 'more than letters'],
    ['^{', 'more than letters'],
    ['^a{,3}', 'more than letters'],
    ['^a\\', 'more than letters'],
    ['^a)', 'do not match'],
    ['^(a', 'do not match'],
  ])('is refused: %s', (pattern, said) => {
    expect(costOf(pattern)).toContain(said)
  })

  it('costs the product of the choices that follow each other', () => {
    expect(costOf(`${'(a|b)'.repeat(20)}c`)).toBeGreaterThan(2 ** 20)
    expect(costOf(`^${'(a|b)'.repeat(20)}c`)).toBeGreaterThan(2 ** 20 / 1_000)
    expect(costOf(`${'a?'.repeat(20)}c`)).toBeGreaterThan(2 ** 20)
    expect(costOf(`(${'a|'.repeat(20)}b)`)).toBe(21)
  })
})
