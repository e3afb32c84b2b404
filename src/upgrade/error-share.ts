import type { Answers } from '../core/proxy.js'

/**
 * The fewest errors and requests that can revert a version. A single error cannot, and neither can an error among few
 * requests.
 */
export const enough = { errors: 5, requests: 20 }

/**
 * The chance of a wrong verdict: a version passes although its share of errors has risen by the allowed percentage or
 * more.
 */
const beta = 0.001

/**
 * Tells whether the share of errors has risen by more than `percent` points. If there are few requests, all of them
 * must be errors.
 */
export const haveErrorsRisen = (before: Answers, after: Answers, percent: number): boolean =>
  after.errors >= enough.errors &&
  (after.requests >= enough.requests || after.errors === after.requests) &&
  share(after) - share(before) > percent / 100

/**
 * Tells whether the share of errors has surely not risen by `percent` points or more. The caller can ask after every
 * answer. If the share has risen so far, the ratio of the two likelihoods is a martingale. The chance that it ever
 * exceeds 1 / beta is then beta at most (Wald's sequential probability ratio test with one bound; Ville's inequality).
 */
export const areErrorsSurelyNotMore = (before: Answers, after: Answers, percent: number): boolean => {
  const allowed = percent / 100
  const risen = { by: allowed, notBy: allowed / 10 }
  return allowed > 0 && -logRatio(before, after, risen) >= sure
}

/**
 * Weighs two claims about a share against what was seen: that it has risen by `risen.by`, and that it has risen by only
 * `risen.notBy`.
 * @returns the logarithm of the ratio of their likelihoods. A test can look at it as often as it likes, until the ratio
 * is {@link sure}.
 */
export const logRatio = (
  before: Counts,
  after: Counts,
  risen: { readonly by: number; readonly notBy: number },
): number => {
  const much = Math.min(share(before) + risen.by, mostShare)
  const little = Math.min(share(before) + risen.notBy, much)
  const good = Math.log((1 - much) / (1 - little))
  const bad = Math.log(much / little)
  return (after.requests - after.errors) * good + after.errors * bad
}

type Counts = Pick<Answers, 'requests' | 'errors'>

/**
 * The ratio of likelihoods from which a claim counts as sure, as a logarithm. It is wrong in at most one case in a
 * thousand.
 */
export const sure = Math.log(1 / beta)

/** The largest share to test. Above it every share would be allowed. */
const mostShare = 0.99

const share = ({ requests, errors }: Counts): number => (requests === 0 ? 0 : errors / requests)
