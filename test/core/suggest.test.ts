import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closest } from '../../src/core/suggest.js'

describe('a suggestion', () => {
  it.each([
    ['stauts', 'status'],
    ['statu', 'status'],
    ['statuss', 'status'],
    ['stetus', 'status'],
    ['histroy', 'history'],
  ])('for %s is %s', (word, meant) => {
    expect(closest(word, ['load', 'history', 'status', 'steps'])).toBe(meant)
  })

  it('is the nearest, not the first', () => {
    expect(closest('helth', ['heats', 'health'])).toBe('health')
  })

  it('is missing when no word is near or there is none', () => {
    expect(closest('compile', ['load', 'history'])).toBeUndefined()
    expect(closest('load', [])).toBeUndefined()
    expect(closest('', ['load'])).toBeUndefined()
  })

  it('is the word itself when it is in the list', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 12 }), { minLength: 1, maxLength: 8 }), words => {
        for (const word of words) expect(closest(word, words)).toBe(word)
      }),
    )
  })

  it('is found for a long word without any one letter', () => {
    fc.assert(
      fc.property(fc.nat(17), at => {
        const word = 'before_mix_compile'
        expect(closest(word.slice(0, at) + word.slice(at + 1), ['before_mix_digest', word])).toBe(word)
      }),
    )
  })
})
