/** With fewer past times than these nothing is usual. */
const enough = 3
/** Far off is more than twice as long and 2 s more: less is what a busy machine does, and nobody waits for it. */
const timesLonger = 2
export const leastMoreMs = 2_000

/** The median of what a step took before, in ms, when `ms` is far off it; else undefined. */
export const medianIfFarOff = (ms: number, before: readonly number[]): number | undefined => {
  if (before.length < enough) return undefined
  const sorted = [...before].sort((one, other) => one - other)
  const usual = sorted[Math.floor(sorted.length / 2)] ?? 0
  return ms > timesLonger * usual && ms >= usual + leastMoreMs ? usual : undefined
}
