import type { Finding } from './engine.js'

/**
 * Finds changes of a dependency that work on one instance, and fail between two versions of the app. During a swap two
 * versions run, and a page from one of them can ask the other.
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

/** `1.9.0-dev` is 1, 9, 0. */
const numbersIn = (version: string): Version =>
  (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number)

/** Phoenix reads the token of a long poll from a header since 1.8.10 (Phoenix.Transports.LongPoll), beside the address. */
const readsNoHeader = ([major = 0, minor = 0, patch = 0]: Version): boolean =>
  major === 1 && (minor < 8 || (minor === 8 && patch < 10))

/** Its browser code sends that header, and no longer the address, since 1.9 (its changelog). */
const sendsHeader = ([major = 0, minor = 0]: Version): boolean => major > 1 || (major === 1 && minor >= 9)
