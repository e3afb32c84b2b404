export const indent = (lines: readonly string[]): string => lines.map(line => `\n    ${line}`).join('')

export const list = (words: readonly string[]): string => words.join(', ')
