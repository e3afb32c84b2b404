/** Puts each line on a line of its own, indented by 4. */
export const indent = (lines: readonly string[]): string => lines.map(line => `\n    ${line}`).join('')

export const list = (words: readonly string[]): string => words.join(', ')
