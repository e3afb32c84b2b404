import { describe, expect, it } from 'vitest'
import { howItEnded } from '../../src/cli/commands/cancel.js'

describe('gatling cancel', () => {
  const serving = 'release 4 still serves'
  const failed = { type: 'failed', step: null, text: '', hint: '', serving, at: '' } as const

  it('reports that it cancelled the deploy, or that the deploy had already failed', () => {
    expect(howItEnded(5, { ...failed, code: 'CANCELLED' })).toBe(`Deploy 5 is cancelled; ${serving}.`)
    expect(howItEnded(5, { ...failed, code: 'BOOT_CRASH' })).toBe(
      `Deploy 5 had ended by itself before it could be cancelled (BOOT_CRASH); ${serving}.`,
    )
  })
})
