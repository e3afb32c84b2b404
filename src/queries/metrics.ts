import { type Figures, figuresOf, lengthOf } from '../metrics/figures.js'
import { type Exposed, type ExposedAs, openMetrics } from '../metrics/openmetrics.js'
import { merged, minuteMs, type Row } from '../metrics/row.js'
import { rowsOf } from '../metrics/rows-of.js'
import { listProjects, readApp, readLive } from '../state/apps.js'
import { lastRun } from '../state/runs.js'
import { type Deploy, historyOf } from './history.js'

/** What `gatling metrics <project> --json` prints. */
export interface AppMetrics {
  readonly project: string
  /** ISO 8601. */
  readonly from: string
  readonly to: string
  /** How long each of the series is, in s. */
  readonly step_s: number
  /** The oldest first, without gaps; the last one is not over. */
  readonly series: readonly (Figures & { readonly at: string })[]
  readonly total: Figures
  /** The deploys that ended in this time, the oldest first. */
  readonly deploys: readonly Mark[]
}

/** A deploy in a series. */
interface Mark extends Pick<Deploy, 'number' | 'state' | 'task' | 'mode' | 'revision' | 'subject'> {
  /** When it ended, ISO 8601. */
  readonly at: string
}

/** What `gatling metrics --json` prints. */
export interface AllMetrics {
  readonly from: string
  readonly to: string
  /** What hurts most comes first: errors, then processor time, then requests. */
  readonly apps: readonly (Figures & { readonly project: string })[]
}

/** Steps that people think in, in minutes; what is older than a day is known by the hour. */
const steps = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1_440]
const day = 1_440

/**
 * Reads what an app answered and used, as a series.
 * @param sinceMs how far back.
 * @param most of how many parts at most.
 * @throws GatlingError PROJECT_UNKNOWN or STATE_BROKEN.
 */
export const metricsOf = async (
  home: string,
  project: string,
  sinceMs: number,
  most: number,
): Promise<AppMetrics> => {
  readApp(home, project)
  const now = Date.now()
  const minutes = Math.max(1, Math.ceil(sinceMs / minuteMs))
  const least = minutes > day ? 60 : 1
  const step = steps.find(one => one >= least && minutes / one <= most) ?? day
  const last = Math.floor(now / minuteMs / step) * step
  const from = last - (Math.ceil(minutes / step) - 1) * step
  const rows = (await rowsOf(home, [project], from)).get(project) ?? []
  const length = (at: number): number => Math.min(step * minuteMs, lengthOf(at, now))
  const byStep = new Map(merged(rows, step).map(row => [row.at, row]))
  const times = Array.from({ length: (last - from) / step + 1 }, (_, index) => from + index * step)
  return {
    project,
    from: iso(from),
    to: new Date(now).toISOString(),
    step_s: step * 60,
    series: times.map(at => ({ at: iso(at), ...figuresOf(listOf(byStep.get(at)), length(at)) })),
    total: figuresOf(rows, lengthOf(from, now)),
    deploys: marksOf(home, project, from * minuteMs),
  }
}

/**
 * Reads what every app answered and used of late.
 * @param wanted the one app that is meant; undefined: all.
 * @throws GatlingError PROJECT_UNKNOWN or STATE_BROKEN if it is the one that is meant.
 */
export const metricsOfAll = async (
  home: string,
  sinceMs: number,
  wanted: string | undefined,
): Promise<AllMetrics> => {
  const now = Date.now()
  const from = Math.floor((now - sinceMs) / minuteMs)
  const rows = await rowsOf(home, projectsOf(home, wanted), from)
  const apps = [...rows].map(([project, own]) => ({ project, ...figuresOf(own, lengthOf(from, now)) }))
  return { from: iso(from), to: new Date(now).toISOString(), apps: apps.sort(hurtsMore) }
}

/** Writes all counts since the beginning, for Prometheus. @throws GatlingError as {@link metricsOfAll}. */
export const openMetricsOf = async (
  home: string,
  wanted: string | undefined,
  as: ExposedAs,
): Promise<string> => {
  const rows = await rowsOf(home, projectsOf(home, wanted), 0)
  const recent = Math.floor(Date.now() / minuteMs) - 2
  return openMetrics(
    [...rows].map(([project, own]) => ({
      project,
      rows: own,
      memory: own.filter(({ at, memory }) => at >= recent && memory > 0).at(-1)?.memory ?? 0,
      ...deployOf(home, project),
    })),
    as,
  )
}

/** Reads the live release of an app. Damaged records of an app must not hide its counts. */
const deployOf = (home: string, project: string): Pick<Exposed, 'live' | 'failed'> => {
  try {
    return { live: readLive(home, project), failed: lastRun(home, project)?.state === 'failed' }
  } catch {
    return { live: null, failed: false }
  }
}

const projectsOf = (home: string, wanted: string | undefined): readonly string[] => {
  if (wanted === undefined) return listProjects(home)
  readApp(home, wanted)
  return [wanted]
}

/** Compares apps. Apps with the same figures stay in the order of their names. */
const hurtsMore = (one: Figures, other: Figures): number =>
  other.errors - one.errors ||
  (other.cpu_percent ?? 0) - (one.cpu_percent ?? 0) ||
  other.requests - one.requests

/** Records that are gone must not hide what was counted. */
const marksOf = (home: string, project: string, from: number): readonly Mark[] => {
  try {
    return historyOf(home, project)
      .flatMap(({ number, state, task, mode, revision, subject, ended_at: at }) =>
        at !== null && Date.parse(at) >= from && task !== 'plan'
          ? [{ at, number, state, task, mode, revision, subject }]
          : [],
      )
      .reverse()
  } catch {
    return []
  }
}

const listOf = (row: Row | undefined): readonly Row[] => (row ? [row] : [])
const iso = (minute: number): string => new Date(minute * minuteMs).toISOString()
