import { describe, expect, it } from 'vitest'
import { deathsOf } from '../../src/cli/deaths.js'

describe('the line in status about an instance that died', () => {
  const shop = { project: 'shop', restarts: 0, out_of_memory: false }

  it('is missing when the instance did not die', () => {
    expect(deathsOf(shop)).toBe(null)
  })

  it('counts its restarts', () => {
    expect(deathsOf({ ...shop, restarts: 2 })).toBe(
      'shop has died and was restarted 2 times: gatling logs shop',
    )
    expect(deathsOf({ ...shop, restarts: 1 })).toContain('restarted 1 time: ')
  })

  it('names lack of memory, before and after a restart', () => {
    expect(deathsOf({ ...shop, out_of_memory: true })).toContain('shop has died; it last ran out of memory')
    expect(deathsOf({ ...shop, restarts: 2, out_of_memory: true })).toContain(
      '2 times; it last ran out of memory',
    )
  })
})
