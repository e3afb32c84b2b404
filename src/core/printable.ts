const esc = '\\u001b'
/** ECMA-48: a control sequence; a string that is for the terminal, such as its title; any other escape sequence. */
const sequences = [
  `(?:${esc}\\[|\\u009b)[0-?]*[ -/]*[@-~]`,
  `${esc}[\\]PX^_][^\\u0007${esc}]*(?:\\u0007|${esc}\\\\)`,
  `${esc}[ -/]*[0-~]`,
]
/** Control characters except tab and newline, and those of Unicode that change the direction of text. */
const control =
  '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]'
const controls = new RegExp(control, 'g')
const unprintable = new RegExp([...sequences, control].join('|'), 'g')

/**
 * Removes from a text what a terminal would obey instead of showing. Such a sequence could hide output, or type in the
 * reader's name.
 * @param isKept tells whether an escape sequence stays. Without it none stays.
 */
export const printable = (text: string, isKept: (sequence: string) => boolean = () => false): string =>
  text.replace(unprintable, found => (isKept(found) ? found : ''))

/** Writes a value as JSON without control characters. Its meaning does not change. @param indent in spaces. */
export const printableJson = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replace(
    controls,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
