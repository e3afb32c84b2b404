import type { Finding } from './engine.js'

/**
 * Finds changes of a dependency that work within one version of the app, but fail between two. During a swap two
 * versions run, and a page from one of them can send requests to the other.
 */
export const trapsOf = (findings: readonly Finding[]): readonly Finding[] =>
  findings.flatMap(({ code, what, detail }) => {
    if (code !== 'dependency_changed' || what !== 'phoenix') return []
    const [before, after] = detail.split(' -> ').map(numbersIn)
    if (!before || !after) return []
    const crosses =
      (readsNoHeader(before) && sendsHeader(after)) || (sendsHeader(before) && readsNoHeader(after))
    return crosses ? [{ code: 'long_poll_token', what, detail }] : []
  })

type Version = readonly number[]

/** Reads the numbers of a version: 1, 9 and 0 of `1.9.0-dev`. */
const numbersIn = (version: string): Version =>
  (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number)

/**
 * Tells whether Phoenix reads the token of a long poll only from the address. Since 1.8.10 it also reads a header
 * (Phoenix.Transports.LongPoll).
 */
const readsNoHeader = ([major = 0, minor = 0, patch = 0]: Version): boolean =>
  major === 1 && (minor < 8 || (minor === 8 && patch < 10))

/**
 * Tells whether Phoenix's browser code sends the token in that header. Since 1.9 it does, and no longer in the address
 * (its changelog).
 */
const sendsHeader = ([major = 0, minor = 0]: Version): boolean => major > 1 || (major === 1 && minor >= 9)
