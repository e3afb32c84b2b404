import type { Deploy } from './answers.js'

/** Tells whether a deploy is not over. */
export const isUnderWay = ({ state }: Pick<Deploy, 'state'>): boolean =>
  state === 'running' || state === 'queued'

/** Finds the deploy that `gatling cancel` stops: the oldest one that is not over. @param history the newest first. */
export const cancelledIn = (history: readonly Deploy[]): Deploy | undefined =>
  history.filter(isUnderWay).at(-1)
