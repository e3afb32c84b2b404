import { describe, expect, it } from 'vitest'
import { bootCrash, diedSoon, errorsRose, unhealthyUpgrade } from '../../src/core/errors.js'
import { haveErrorsRisen, wasSeenBad } from '../../src/upgrade/watch.js'
import { env } from '../helpers/env.js'

const of = (errors: number, requests: number) => ({ errors, requests })

describe('errors', () => {
  it.each([
    ['none at all', of(0, 0), of(0, 0), false],
    ['none of many', of(0, 1_000), of(0, 1_000), false],
    ['some more than allowed', of(1, 1_000), of(62, 1_000), true],
    ['no more than allowed', of(0, 1_000), of(50, 1_000), false],
    ['as many as before', of(300, 1_000), of(330, 1_000), false],
    ['fewer than before', of(300, 1_000), of(10, 1_000), false],
    ['more than before, of which there were many already', of(300, 1_000), of(360, 1_000), true],
    ['every one of few', of(0, 0), of(5, 5), true],
    ['every one, as before', of(9, 9), of(5, 5), false],
    ['every one of fewer still', of(0, 0), of(4, 4), false],
    ['most of few', of(0, 0), of(18, 19), false],
    ['a single one of twenty', of(0, 1_000), of(1, 20), false],
    ['five of twenty', of(0, 1_000), of(5, 20), true],
  ])('%s', (_, before, after, risen) => {
    expect(haveErrorsRisen(before, after, 5)).toBe(risen)
  })

  it('are let pass as the settings say', () => {
    expect(haveErrorsRisen(of(0, 100), of(10, 100), 10)).toBe(false)
    expect(haveErrorsRisen(of(0, 100), of(10, 100), 0)).toBe(true)
    expect(haveErrorsRisen(of(0, 100), of(100, 100), 100)).toBe(false)
  })

  it('are told in numbers that people read', () => {
    expect(errorsRose(env, of(1, 1_000), of(75, 1_204)).message).toBe(
      '6.2 % of 1,204 requests failed since the switch, 0.1 % before',
    )
    expect(errorsRose(env, of(0, 0), of(5, 5)).message).toBe(
      '100 % of 5 requests failed since the switch, 0 % before',
    )
  })
})

it('a revision is bad when it was the watch that failed it, not when it did not start', () => {
  expect(wasSeenBad(diedSoon(env, 'ended with status 3', []))).toBe(true)
  expect(wasSeenBad(unhealthyUpgrade(env, 'it was sick', []))).toBe(true)
  expect(wasSeenBad(errorsRose(env, of(0, 0), of(5, 5)))).toBe(true)
  expect(wasSeenBad(bootCrash(env, 'ended with status 1', []))).toBe(false)
})

it('a rollback that was taken back is not to be mended by a push', () => {
  const rollback = { ...env, task: 'rollback' } as const
  const failures = [
    diedSoon(rollback, 'ended with status 3', []),
    unhealthyUpgrade(rollback, 'it was sick', []),
    errorsRose(rollback, of(0, 0), of(5, 5)),
  ]
  for (const { hint } of failures) {
    expect(hint).toContain('`gatling releases shop`')
    expect(hint).not.toContain('push')
  }
})
