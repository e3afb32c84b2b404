import type { Random } from '../test/torture/random.js'

/** Returns a number from 0 to 1, each with the same chance. */
export const uniform = (random: Random): number => random.int(0, 2 ** 30 - 1) / 2 ** 30

/** Returns a number of the normal distribution with mean 0 and deviation 1 (Box and Muller). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - uniform(random))) * Math.cos(2 * Math.PI * uniform(random))

/** Returns how many rare events happen if `expected` are expected: a Poisson distribution, from 50 on by its normal limit. */
export const happen = (expected: number, random: Random): number => {
  if (expected > 50) return Math.max(0, Math.round(expected + Math.sqrt(expected) * normal(random)))
  const least = Math.exp(-expected)
  let count = 0
  for (let product = 1 - uniform(random); product > least; product *= 1 - uniform(random)) count++
  return count
}

/** Returns the median and the worst of some figures. */
export const spread = (values: readonly number[]): { readonly median: number; readonly worst: number } => {
  const sorted = [...values].sort((one, other) => one - other)
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, worst: sorted.at(-1) ?? 0 }
}
