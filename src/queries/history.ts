import { readApp } from '../state/apps.js'
import { appPaths } from '../state/paths.js'
import { listRuns, type Run, type RunResult, type RunState, readRun } from '../state/runs.js'
import { recordsGone } from './errors.js'

/** A deploy, as `gatling history --json` prints it. */
export interface Deploy {
  readonly number: number
  readonly state: RunState
  readonly task: Run['request']['task']
  readonly revision: string
  readonly branch: string | null
  readonly pusher: string
  readonly subject: string
  /** ISO 8601. */
  readonly asked_at: string
  /** ISO 8601; null: it has not ended, or left no record of its end. */
  readonly ended_at: string | null
  readonly mode: RunResult['mode']
  readonly ms: number | null
  readonly failed_step: string | null
  readonly error: RunResult['error']
  readonly steps: RunResult['steps']
}

/**
 * Returns the deploys of an app, the newest first.
 * @throws GatlingError PROJECT_UNKNOWN, STATE_BROKEN or RECORDS_GONE.
 */
export const historyOf = (home: string, project: string): readonly Deploy[] => {
  const { live } = readApp(home, project)
  const runs = listRuns(home, project).reverse()
  if (runs.length === 0 && live) throw recordsGone(project, appPaths(home, project).runs, live.release)
  return runs.map(factsOf)
}

/** Returns one deploy of an app. @throws GatlingError PROJECT_UNKNOWN, STATE_BROKEN or RUN_UNKNOWN. */
export const deployOf = (home: string, project: string, number: number): Deploy => {
  readApp(home, project)
  return factsOf(readRun(home, project, number))
}

const factsOf = ({ number, state, request, result }: Run): Deploy => ({
  number,
  state,
  task: request.task,
  revision: request.revision,
  branch: request.branch,
  pusher: request.pusher,
  subject: request.subject,
  asked_at: request.at,
  ended_at: result?.at ?? null,
  mode: result?.mode ?? null,
  ms: result?.ms ?? null,
  failed_step: result?.step ?? null,
  error: result?.error ?? null,
  steps: result?.steps ?? [],
})
