/**
 * Counts of latencies, in buckets of fixed bounds: up to 1 ms, and then each bound is the square root of 2 times the
 * one before, up to 65.5 s. The last bucket counts what took longer. A missing bucket counts as 0.
 */
export type Histogram = readonly number[]

const lastBound = 32

/** How many buckets there are. */
export const bucketCount = lastBound + 2

/** Returns the bucket of a latency in ms. */
export const bucketOf = (ms: number): number =>
  ms <= 1 ? 0 : Math.min(Math.ceil(2 * Math.log2(ms)), lastBound + 1)

/** Returns the longest latency of a bucket, in ms. */
export const boundOf = (bucket: number): number => (bucket > lastBound ? Infinity : 2 ** (bucket / 2))

/** Adds the counts of another histogram. */
export const addTo = (sum: number[], more: Histogram): void => {
  for (let bucket = sum.length; bucket < more.length; bucket++) sum[bucket] = 0
  more.forEach((count, bucket) => {
    sum[bucket] = (sum[bucket] ?? 0) + count
  })
}

/** Counts one latency, in ms. */
export const countIn = (sum: number[], ms: number): void => {
  const bucket = bucketOf(ms)
  for (let next = sum.length; next <= bucket; next++) sum[next] = 0
  sum[bucket] = (sum[bucket] ?? 0) + 1
}

/** Returns how many latencies were counted. */
export const countedIn = (histogram: Histogram): number => histogram.reduce((sum, count) => sum + count, 0)

/**
 * Returns the latency, in ms, that a share of all answers stays within; null: nothing was counted. It is at most a
 * fifth off.
 * @param share from 0 to 1: 0.95 is the 95th percentile.
 */
export const quantile = (histogram: Histogram, share: number): number | null => {
  const wanted = countedIn(histogram) * share
  if (wanted === 0) return null
  let before = 0
  for (const [bucket, count] of histogram.entries()) {
    if (count > 0 && before + count >= wanted) return between(bucket, (wanted - before) / count)
    before += count
  }
  return null
}

/**
 * Estimates a latency inside a bucket, as if all latencies in it were equally likely. The last bucket has only a lower
 * bound.
 */
const between = (bucket: number, share: number): number => {
  const low = bucket === 0 ? 0 : boundOf(bucket - 1)
  const high = bucket > lastBound ? low : boundOf(bucket)
  return low + (high - low) * share
}
