const bars = [...'▁▂▃▄▅▆▇█']

/** Draws a series as a line of bars, from 0 to the largest value. Unknown values are gaps. */
export const sparkline = (values: readonly (number | null)[]): string => {
  const most = Math.max(...values.map(value => value ?? 0))
  return values.map(value => (value === null ? ' ' : barOf(value, most))).join('')
}

/** Returns the bar of a value. Only 0 has the lowest bar. */
const barOf = (value: number, most: number): string =>
  bars[value === 0 ? 0 : Math.max(1, Math.round((value / most) * (bars.length - 1)))] ?? ''

/** Returns how many parts a series has on a terminal. Its name and two numbers are beside it. */
export const columnsOf = (terminal = 80): number => Math.min(Math.max(terminal - 32, 24), 96)
