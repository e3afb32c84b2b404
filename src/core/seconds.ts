/** Writes a duration as people read it: `0.4 s`, `41 s`, `2 min 5 s`. */
export const seconds = (ms: number): string => {
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`
  const whole = Math.round(ms / 1_000)
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
