import { describe, expect, it } from 'vitest'
import { printable, printableJson } from '../../src/core/printable.js'

describe('a text that is shown on a terminal', () => {
  it.each([
    ['colours', '\u001b[31mred\u001b[0m and \u001b[38;5;9mmore\u001b[m', 'red and more'],
    ['moves of the cursor', 'one\u001b[2J\u001b[1;1Htwo\u001b[?25l', 'onetwo'],
    [
      'a title, and what asks the terminal to type',
      'a\u001b]0;title\u0007b\u001b]52;c;ZXZpbA==\u001b\\c',
      'abc',
    ],
    ['a string of a device', 'a\u001bP$q"p\u001b\\b', 'ab'],
    ['a reset, and another character set', 'a\u001bcb\u001b(0c', 'abc'],
    ['sequences of one byte', 'a\u009b31mb\u009d0;title\u0007c', 'ab0;titlec'],
    ['a sequence that does not end', 'a\u001b]0;title', 'a0;title'],
    ['carriage returns, backspaces, bells and zeros', 'a\rb\bc\u0007d\0e\u007f', 'abcde'],
    ['changes of direction', 'a\u202eb\u2066c\u200f', 'abc'],
  ])('has no %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it('keeps every visible sign', () => {
    const text = 'Grüße 👋🏽, Ünïcode\tand\nlines [31m \\e[0m العربية'
    expect(printable(text)).toBe(text)
  })

  it('keeps only the sequences that the caller wants', () => {
    const isBold = (sequence: string) => sequence === '\u001b[1m'
    expect(printable('\u001b[1m\u001b[8ma\u001b[1m', isBold)).toBe('\u001b[1ma\u001b[1m')
  })

  it('has the same meaning as JSON', () => {
    const value = { text: 'a\u001b[2Jb\u009b\u007f\u202ec\n', 'k\u009be\ty': 1 }
    for (const json of [printableJson(value), printableJson(value, 2)]) {
      expect(JSON.parse(json)).toEqual(value)
      expect(printable(json)).toBe(json)
    }
  })
})
