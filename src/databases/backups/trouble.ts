/** A problem with the backups of a database, and its remedy. */
export interface Trouble {
  readonly text: string
  readonly remedy: string
}

/** A day, the spread of the timer, and an hour for the backup itself, in ms. */
export const backupEveryMs = 26 * 3_600_000

export const day = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`

/** Writes an error in one line, for a list. */
export const inOneLine = (text: string): string => {
  const line = text.replace(/\s*\n\s*/g, ' ')
  return line.length <= longest ? line : `${line.slice(0, longest)}...`
}
const longest = 240
