import { expect, it } from 'vitest'
import { commit } from '../../src/core/commit.js'
import type { Live } from '../../src/core/live.js'
import { live } from '../helpers/env.js'

const before: Live = { ...live, release: 1 }
const after: Live = { ...live, release: 2 }

/** What is done to a ledger on which release 1 serves, in order. */
const doneBy = (next: Live, hasRoom = true): string[] => {
  const done: string[] = []
  commit(next, {
    live: before,
    current: 1,
    write: (live, next) => {
      if (!hasRoom && done.includes('flip')) throw new Error('no room')
      done.push(`write ${live?.release}, next ${next?.release}`)
    },
    prepareFlip: release => {
      done.push(`prepare ${release}`)
      return () => done.push('flip')
    },
  })
  return done
}

it('a release is made live by one flip, which the state names beforehand', () => {
  expect(doneBy(after)).toEqual(['prepare 2', 'write 1, next 2', 'flip', 'write 2, next undefined'])
})

it('a release is live after the flip, even if nothing more can be written', () => {
  expect(doneBy(after, false)).toEqual(['prepare 2', 'write 1, next 2', 'flip'])
})

it('the release that is live moves without a flip', () => {
  expect(doneBy({ ...before, slot: 'b' })).toEqual(['write 1, next undefined'])
})
