import type { Answers } from '../core/proxy.js'

/** A single error is no reason to go back, nor is one of few requests. */
export const enough = { errors: 5, requests: 20 }

/** How often a version whose share of errors has risen by as much as is allowed, or more, is taken for one that has not. */
const beta = 0.001

/** Whether the share of errors is more than so many percent above what it was; where requests are few, all must be errors. */
export const haveErrorsRisen = (before: Answers, after: Answers, percent: number): boolean =>
  after.errors >= enough.errors &&
  (after.requests >= enough.requests || after.errors === after.requests) &&
  share(after) - share(before) > percent / 100

/**
 * Whether the share of errors has surely not risen by so many percent or more. It can be asked after every answer. If the
 * share has risen so far, the ratio of the two likelihoods is a martingale. The chance that it ever exceeds 1 / beta is then
 * beta at most (Wald's sequential probability ratio test with one bound; Ville's inequality).
 */
export const areErrorsSurelyNotMore = (before: Answers, after: Answers, percent: number): boolean => {
  const allowed = percent / 100
  const risen = { by: allowed, notBy: allowed / 10 }
  return allowed > 0 && -logRatio(before, after, risen) >= sure
}

/**
 * Weighs two claims about a share, by what was seen: that it has risen by so much, and that it has risen by less.
 * @returns the logarithm of the ratio of their likelihoods. A test of one of them can look as often as it likes until it is
 * {@link sure}.
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

/** A ratio of likelihoods that is so much in favour of a claim is wrong in a thousandth of the cases at most, as a logarithm. */
export const sure = Math.log(1 / beta)

/** Where every share would be allowed there is nothing left to test. */
const mostShare = 0.99

const share = ({ requests, errors }: Counts): number => (requests === 0 ? 0 : errors / requests)
