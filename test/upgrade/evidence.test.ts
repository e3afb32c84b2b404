import { describe, expect, it } from 'vitest'
import { areErrorsSurelyNotMore, haveErrorsRisen } from '../../src/upgrade/error-share.js'
import { describeWatch, type Evidence, isQuiet, judge, leastMs } from '../../src/upgrade/evidence.js'

const of = (errors: number, requests: number) => ({ errors, requests })

/** A good version under load, after the shortest watch. */
const good: Evidence = {
  watchedMs: 2_500,
  mostMs: 10_000,
  before: of(0, 6_000),
  after: of(0, 250),
  percent: 5,
  slower: 4,
  healthPath: '/health',
  looks: 5,
  unhealthy: 0,
  grown: 0,
  crashes: 0,
  migrated: 0,
}
/** The same version without traffic. */
const withoutTraffic: Evidence = { ...good, before: of(0, 0), after: of(0, 0), looks: 20 }

describe('the error rate', () => {
  it.each([
    ['is unclear without answers', of(0, 1_000), of(0, 0), false],
    ['is unclear after 149 good answers', of(0, 1_000), of(0, 149), false],
    ['is surely not higher after 150 good answers', of(0, 1_000), of(0, 150), true],
    ['is unclear after 1 error in 199 answers', of(0, 1_000), of(1, 199), false],
    ['is surely not higher after 1 error in 210 answers', of(0, 1_000), of(1, 210), true],
    ['is unclear with as many errors as allowed', of(0, 1_000), of(250, 5_000), false],
    ['is unclear with half as many errors as allowed', of(0, 1_000), of(125, 5_000), false],
    [
      'is surely not higher with as many errors as before, which were many',
      of(300, 1_000),
      of(900, 3_000),
      true,
    ],
    ['is unclear with more errors than before, which were many', of(300, 1_000), of(1_050, 3_000), false],
  ])('%s', (_, before, after, isSure) => {
    expect(areErrorsSurelyNotMore(before, after, 5)).toBe(isSure)
  })

  it('is always unclear if no additional error is allowed', () => {
    expect(areErrorsSurelyNotMore(of(0, 0), of(0, 1_000_000), 0)).toBe(false)
    expect(areErrorsSurelyNotMore(of(1, 10), of(1_000, 10_000), 0)).toBe(false)
  })

  it('has never both risen and surely not risen', () => {
    for (const percent of [1, 5, 50, 100])
      for (const before of [of(0, 0), of(1, 100), of(5, 10), of(10, 10)])
        for (let errors = 0; errors <= 400; errors += 5) {
          const after = of(errors, 400)
          const both =
            haveErrorsRisen(before, after, percent) && areErrorsSurelyNotMore(before, after, percent)
          expect({ percent, before, after, both }).toMatchObject({ both: false })
        }
  })
})

describe('a watch can end early', () => {
  it('after many good answers', () => {
    expect(judge(good)).toEqual({ isEnough: true, why: 'surely not worse than before' })
  })

  it('without traffic, after many healthy checks', () => {
    expect(judge(withoutTraffic)).toEqual({
      isEnough: true,
      why: 'no traffic to judge by, but /health was healthy 20 times',
    })
  })

  it('after one good answer if few requests are expected', () => {
    const seldom = { ...withoutTraffic, before: of(0, 20), after: of(0, 1) }
    expect(judge(seldom).why).toBe('too little traffic to judge by, but /health was healthy 20 times')
    expect(judge({ ...seldom, after: of(0, 0) }).isEnough).toBe(false)
    expect(judge({ ...seldom, after: of(1, 1) }).isEnough).toBe(false)
  })
})

describe('a watch cannot end early', () => {
  it.each<[string, Evidence, Partial<Evidence>, string]>([
    ['before the least time', good, { watchedMs: 2_499 }, 'not long enough'],
    ['before a quarter of a long watch', good, { watchedMs: 14_999, mostMs: 60_000 }, 'not long enough'],
    ['after few answers', good, { after: of(0, 100) }, 'not enough traffic to be sure sooner'],
    ['after many errors', good, { after: of(10, 250) }, 'not enough traffic to be sure sooner'],
    ['after one failed health check', good, { unhealthy: 1 }, '/health was not always healthy'],
    ['with a slow health path', good, { looks: 4 }, 'too few looks at /health to be sure sooner'],
    [
      'with a slow health path and no traffic',
      withoutTraffic,
      { looks: 9 },
      'too few looks at /health to be sure sooner',
    ],
    ['after a crash in changed code', good, { crashes: 1 }, '1 crash in the code that changed'],
    [
      'after a migration of processes',
      good,
      { migrated: 3 },
      '3 processes migrated, which needs the whole time',
    ],
    ['if its processes cannot be counted', good, { grown: null }, 'Gatling cannot count its processes'],
    ['while requests can hang', good, { grown: 20 }, 'it has 20 processes more than at first'],
    ['while processes leak', withoutTraffic, { grown: 11 }, 'it has 11 processes more than at first'],
  ])('%s', (_, one, change, why) => {
    expect(judge({ ...one, ...change })).toEqual({ isEnough: false, why })
  })
})

describe('the traffic', () => {
  it.each([
    ['is not quiet with a request every six seconds', of(0, 10), of(0, 0), false],
    ['is quiet with a request every ten minutes', of(0, 0), of(0, 0), true],
    ['is quiet after one answer, even with a request every second before', of(0, 59), of(0, 1), true],
    ['is not quiet if it begins only now', of(0, 0), of(0, 5), false],
    ['is not quiet with an error', of(0, 0), of(1, 1), false],
  ])('%s', (_, before, after, quiet) => {
    expect(isQuiet({ ...good, before, after })).toBe(quiet)
  })
})

it('a watch lasts its setting at most, and a quarter of a long setting at least', () => {
  expect([0, 300, 2_500, 3_000, 10_000, 20_000, 60_000].map(leastMs)).toEqual([
    0, 300, 2_500, 2_500, 2_500, 5_000, 15_000,
  ])
})

it('a watch is described in one line', () => {
  const tell = (seen: Evidence) => describeWatch(seen, judge(seen))
  expect(tell({ ...good, after: of(1, 1_204) })).toBe(
    'watched for 2.5 s: 1,204 requests, 1 error; surely not worse than before',
  )
  expect(tell({ ...good, watchedMs: 10_004, after: of(0, 1) })).toBe(
    'watched for 10 s: 1 request, 0 errors; not enough traffic to be sure sooner',
  )
  // A long watch without a request must say what it waited for.
  expect(tell({ ...good, watchedMs: 10_004, before: of(0, 1_500), after: of(0, 0) })).toBe(
    'watched for 10 s: 0 requests, 0 errors; no request came, after 1,500 in the minute before',
  )
  expect(tell({ ...good, watchedMs: 301, mostMs: 300 })).toBe('watched for 0.3 s: 250 requests, 0 errors')
})
