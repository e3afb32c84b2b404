/** Writes a time for use in a file name: `20261128T140312Z`. */
export const stampOf = (at: Date): string => at.toISOString().replace(/[-:]|\.\d+/g, '')
