import { expect, it } from 'vitest'
import { commit } from '../../src/core/commit.js'
import type { Live } from '../../src/core/live.js'
import { live } from '../helpers/env.js'

const before: Live = { ...live, release: 1 }
const after: Live = { ...live, release: 2 }

/** Lists in order what a commit does to a ledger on which release 1 serves. */
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

it('one flip makes a release live, and the state names it before', () => {
  expect(doneBy(after)).toEqual(['prepare 2', 'write 1, next 2', 'flip', 'write 2, next undefined'])
})

it('a release is live after the flip, even if no further write succeeds', () => {
  expect(doneBy(after, false)).toEqual(['prepare 2', 'write 1, next 2', 'flip'])
})

it('the live release moves to another slot without a flip', () => {
  expect(doneBy({ ...before, slot: 'b' })).toEqual(['write 1, next undefined'])
})
