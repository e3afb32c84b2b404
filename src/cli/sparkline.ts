const bars = [...'▁▂▃▄▅▆▇█']

/** Draws a series as a line of bars, from 0 to the most; a gap where nothing is known. */
export const sparkline = (values: readonly (number | null)[]): string => {
  const most = Math.max(...values.map(value => value ?? 0))
  return values.map(value => (value === null ? ' ' : barOf(value, most))).join('')
}

/** The lowest bar is for 0 alone. */
const barOf = (value: number, most: number): string =>
  bars[value === 0 ? 0 : Math.max(1, Math.round((value / most) * (bars.length - 1)))] ?? ''

/** Returns how many parts a series has on a terminal; beside it stand its name and two numbers. */
export const columnsOf = (terminal = 80): number => Math.min(Math.max(terminal - 32, 24), 96)
