import { expect, it } from 'vitest'
import { inOrder } from '../../src/queries/fleet-logs.js'

it('the lines of several machines are in the order of their times', () => {
  const n1 = [
    '2026-11-28T15:00:01+00:00 n1 z',
    '2026-11-28T15:00:01+00:00 n1 a',
    '    goes on',
    '2026-11-28T15:00:03+00:00 n1 c',
  ]
  const n2 = ['2026-11-28T15:00:00+00:00 n2 b', '2026-11-28T15:00:02+00:00 n2 d']
  expect(inOrder([n1, n2])).toEqual([n2[0], n1[0], n1[1], n1[2], n2[1], n1[3]])
  expect(inOrder([[], ['no time']])).toEqual(['no time'])
})
