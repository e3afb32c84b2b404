/** A time as a part of a file's name: `20261128T140312Z`. */
export const stampOf = (at: Date): string => at.toISOString().replace(/[-:]|\.\d+/g, '')
