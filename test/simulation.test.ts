import { describe, expect, it } from 'vitest'
import { cellsOf, type Fleet, inWaves, readAt } from '../simulation/fleet.js'
import { type Outcome, rollOut } from '../simulation/rollout.js'
import { badVersions, good, type Version } from '../simulation/version.js'
import { randomOf } from './torture/random.js'

const small: Fleet = { ...inWaves, machines: 1_000 }
const often = (version: Version, fleet = small): readonly Outcome[] =>
  Array.from({ length: 20 }, (_, run) => rollOut(fleet, version, randomOf(1, run)))
const named = (name: string): Version => {
  const found = badVersions.find(version => version.name === name)
  if (!found) throw new Error(`no version ${name}`)
  return found
}

describe('a simulated rollout', () => {
  it('brings a good version to every machine without harm', () => {
    for (const outcome of often(good))
      expect(outcome).toMatchObject({ isStopped: false, machines: 1_000, harmed: 0 })
  })

  it('stops a version that always fails at its first canary', () => {
    for (const { isStopped, machines, ms, harmed } of often(named('every request fails'))) {
      expect(isStopped).toBe(true)
      expect(machines).toBeLessThanOrEqual(small.perCell)
      expect(ms).toBeLessThan(10_000)
      expect(harmed).toBeLessThan(0.01)
    }
  })

  it('stops in the first wave a version that fails after the watch', () => {
    for (const { isStopped, machines } of often(named('all fail after 30 s'))) {
      expect(isStopped).toBe(true)
      expect(machines).toBe(small.perCell)
    }
  })

  it('brings a bad version everywhere without a watch, until a person stops it', () => {
    for (const outcome of often(named('20 % fail'), { ...small, waves: [1], isWatched: false })) {
      expect(outcome).toMatchObject({ isStopped: false, machines: 1_000 })
      expect(outcome.ms).toBeGreaterThanOrEqual(small.noticedMs)
      expect(outcome.harmed).toBeGreaterThan(0.99)
    }
  })

  it('does not wait for a cut-off cell, and reaches it later', () => {
    const cells = cellsOf({ ...small, cutOff: 1 }, randomOf(1, 1))
    const [cell] = cells
    if (!cell) throw new Error('there are no cells')
    expect(readAt(cell, cell.gone.from)).toBe(cell.gone.until)
    expect(readAt(cell, cell.gone.until)).toBe(cell.gone.until)
    const late = often(good, { ...small, cutOff: 0.5 }).reduce((sum, outcome) => sum + outcome.late, 0)
    expect(late).toBeGreaterThan(0)
    for (const { ms } of often(good, { ...small, cutOff: 0.5 })) expect(ms).toBeLessThan(small.cutOffMs)
  })
})
