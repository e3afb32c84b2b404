import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { isBuild } from '../core/env.js'
import { numbersIn } from './apps.js'
import { readJson, writeJson } from './json-file.js'
import { appPaths } from './paths.js'
import { listRuns, type Run, releaseOf } from './runs.js'

/** Returns the file of pinned releases, which stay until they are unpinned, whatever their age. */
const pinsPath = (home: string, project: string): string => join(appPaths(home, project).root, 'pins.json')

export const readPins = (home: string, project: string): number[] =>
  readJson(pinsPath(home, project), v.array(v.number())) ?? []

export const writePins = (home: string, project: string, pins: readonly number[]): void =>
  writeJson(
    pinsPath(home, project),
    [...new Set(pins)].sort((one, other) => one - other),
  )

/** Lists the kept releases of failed deploys, with the time of their failure in epoch ms. */
export const failedReleases = (home: string, project: string): { number: number; at: number }[] => {
  const { failed } = appPaths(home, project)
  return numbersIn(failed).map(number => ({ number, at: statSync(join(failed, String(number))).ctimeMs }))
}

/** The outcome of the release that a run made. */
type ReleaseOutcome = 'good' | 'failed' | 'cancelled' | 'interrupted' | 'rolled back'

export interface ReleaseRecord {
  readonly release: number
  /** The last deploy of the release, not a rollback to it. */
  readonly run: Run
  readonly outcome: ReleaseOutcome
  /** Its folder; null: it is gone. */
  readonly path: string | null
}

/** Returns every release whose deploy is recorded, oldest first. */
export const releaseRecords = (home: string, project: string): ReleaseRecord[] => {
  const { releases, failed } = appPaths(home, project)
  const runs = listRuns(home, project)
  const left = rolledBack(runs)
  const records = new Map<number, ReleaseRecord>()
  for (const run of runs) {
    const outcome = outcomeOf(run, left)
    if (outcome === null) continue
    const release = releaseOf(run)
    const path = [releases, failed]
      .map(folder => join(folder, String(release)))
      .find(folder => existsSync(folder))
    records.set(release, { release, run, outcome, path: path ?? null })
  }
  return [...records.values()]
}

const outcomeOf = (run: Run, left: ReadonlySet<number>): ReleaseOutcome | null => {
  const { state, request } = run
  if (!isBuild(request.task)) return null
  if (state === 'ok') return left.has(releaseOf(run)) ? 'rolled back' : 'good'
  return state === 'failed' || state === 'cancelled' || state === 'interrupted' ? state : null
}

/** Returns the releases that somebody went back from. */
const rolledBack = (runs: readonly Run[]): ReadonlySet<number> => {
  const left = new Set<number>()
  let live: number | null = null
  for (const run of runs) {
    const { state, request } = run
    if (state !== 'ok' || request.task === 'plan') continue
    const next = releaseOf(run)
    if (request.task === 'rollback' && live !== null && next < live) left.add(live)
    left.delete(next)
    live = next
  }
  return left
}
