import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isBuild } from '../core/env.js'
import type { Pipeline } from '../core/step.js'
import { closest } from '../core/suggest.js'
import { readSettings } from '../deploy/env.js'
import { retryFrom, retryNothing, revisionBad, underWay } from '../deploy/errors.js'
import { recogniseAnyhow } from '../stacks/stacks.js'
import { readApp } from '../state/apps.js'
import { appPaths } from '../state/paths.js'
import { nodesOf } from '../state/registered.js'
import { isOver, listRuns, type Run, releaseOf } from '../state/runs.js'
import type { Wanted } from './start.js'

/**
 * Makes the request for a retry of the last deploy from a step on. The steps before it do not run. Their results still
 * exist, in the checkout, or as the complete release that was put aside.
 * @throws GatlingError UNDER_WAY, RETRY_NOTHING or RETRY_FROM.
 */
export const retryOf = (home: string, project: string, asked: string | undefined): Wanted => {
  const { live } = readApp(home, project)
  const runs = listRuns(home, project)
  const current = runs.find(other => !isOver(other))
  if (current) throw underWay(project, current.number)
  const run = runs.filter(wasBegun).at(-1)
  if (!run || !isRetryable(run)) throw retryNothing(project)
  const { build } = appPaths(home, project)
  const settings = readSettings(build)
  const pipeline = recogniseAnyhow(build, settings).stack.stepsOf(
    live ? 'upgrade' : 'deploy',
    settings.migrate,
    nodesOf(home, project).length > 0,
  )
  const number = releaseOf(run)
  const isWhole = existsSync(join(appPaths(home, project).failed, String(number)))
  const starts = startsAfter(run, pipeline, isWhole)
  const from = asked ?? starts.at(-1) ?? ''
  if (!starts.includes(from)) throw retryFrom(from, closest(from, starts), starts)
  const goesOn = isWhole && indexOf(pipeline, from) > lastOfRelease(pipeline)
  const { revision, expected, branch, mode, open } = run.request
  return {
    task: live ? 'upgrade' : 'deploy',
    revision,
    expected,
    branch,
    mode,
    from,
    open,
    release: goesOn ? number : null,
  }
}

/**
 * Tells whether a run began its work. A refused run, or a retry that did not reach its first step, changed nothing of
 * the deploy before. For an interrupted run this is unknown, so it counts.
 */
const wasBegun = ({ state, request, result }: Run): boolean => {
  if (result?.error?.code === revisionBad.code) return false
  return request.from === null || state === 'interrupted' || (result?.steps ?? []).length > 0
}

const isRetryable = ({ state, request }: Run): boolean =>
  isBuild(request.task) && (state === 'failed' || state === 'cancelled' || state === 'interrupted')

/**
 * Returns the steps that a retry can begin with: none after the failed step, none after an undone step, and none inside
 * an incomplete release.
 */
const startsAfter = (run: Run, pipeline: Pipeline, isWhole: boolean): string[] => {
  const failed = run.state === 'interrupted' ? 0 : Math.max(0, indexOf(pipeline, run.result?.step ?? ''))
  const undone = pipeline.findIndex(step => step.undo && !step.keeps)
  const latest = Math.min(failed, undone < 0 ? failed : undone)
  const made = pipeline.findIndex(({ keeps }) => keeps)
  const whole = lastOfRelease(pipeline)
  return pipeline.flatMap(({ name }, index) =>
    index <= latest && (index <= made || (isWhole && index > whole)) ? [name] : [],
  )
}

/** Returns the step that completes a release, after which nothing is added to it. */
const lastOfRelease = (pipeline: Pipeline): number => pipeline.findIndex(step => step.completes)

const indexOf = (pipeline: Pipeline, name: string): number => pipeline.findIndex(step => step.name === name)
