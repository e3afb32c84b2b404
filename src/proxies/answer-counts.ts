import { addTo, countIn } from '../core/latency.js'
import type { Answers } from '../core/proxy.js'

/** The length of a slice in which answers are counted, and how long slices are kept, in ms. */
const sliceMs = 100
const keptMs = 5 * 60_000

interface Slice {
  readonly at: number
  requests: number
  errors: number
  readonly latency: number[]
}

/** Makes counters of answers, by sender and time. */
export const createAnswerCounts = () => {
  const slices = new Map<string, Slice[]>()

  const of = (from: string, now: number): Slice[] => {
    const known = slices.get(from)
    if (known) return known
    // Old ports that have long been silent are removed.
    for (const [other, list] of slices) if ((list.at(-1)?.at ?? 0) < now - keptMs) slices.delete(other)
    const list: Slice[] = []
    slices.set(from, list)
    return list
  }

  return {
    /** Counts an answer. @param ms until it began. */
    count: (from: string, status: number, ms: number, now = Date.now()): void => {
      const list = of(from, now)
      const at = now - (now % sliceMs)
      if (list.at(-1)?.at !== at) list.push({ at, requests: 0, errors: 0, latency: [] })
      const slice = list.at(-1)
      if (!slice) return
      slice.requests++
      if (status >= 500) slice.errors++
      countIn(slice.latency, ms)
      while ((list[0]?.at ?? at) < now - keptMs) list.shift()
    },
    within: (from: string, begin: number, end: number): Answers => {
      const met = (slices.get(from) ?? []).filter(({ at }) => at >= begin && at < end)
      const sum = (what: 'requests' | 'errors'): number => met.reduce((all, slice) => all + slice[what], 0)
      const latency: number[] = []
      for (const slice of met) addTo(latency, slice.latency)
      return { requests: sum('requests'), errors: sum('errors'), latency }
    },
  }
}
