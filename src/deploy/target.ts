import type { Live } from '../core/env.js'
import { releaseGone } from '../core/errors.js'
import { isWhole, listReleases } from '../state/apps.js'
import { releaseRecords } from '../state/releases.js'

/** The releases that somebody can go to, oldest first: what a deploy that was interrupted left is none. */
const targets = (home: string, project: string, live: Live): number[] =>
  listReleases(home, project).filter(number => number !== live.release && isWhole(home, project, number))

/** @throws GatlingError RELEASE_GONE when nobody can go there, any more or at all. */
export const refuseGone = (home: string, project: string, wanted: string, live: Live): void => {
  const there = targets(home, project, live)
  if (!there.includes(Number(wanted))) throw releaseGone(project, wanted, there, live.release)
}

/** One that somebody went back from is not good; nor is one that is no longer on disk. */
export const lastGoodBefore = (home: string, project: string, live: Live): number | undefined => {
  const records = releaseRecords(home, project)
  const isGood = (number: number): boolean => {
    const record = records.find(({ release }) => release === number)
    // What history has forgotten was good, or it would not be there.
    return record === undefined || record.outcome === 'good'
  }
  return targets(home, project, live)
    .filter(number => number < live.release && isGood(number))
    .at(-1)
}
