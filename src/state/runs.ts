import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { type AskedTask, askedTasks, isBuild, modes } from '../core/env.js'
import { outcomes } from '../core/event.js'
import { createWhole, nameFolder, readPlain, syncFolder } from '../hosts/files.js'
import { numbersIn } from './apps.js'
import { runUnknown } from './errors.js'
import { readJson, writeJson } from './json-file.js'
import { isAlive, type Owner, ownerIfAlive, ownerOf, ownerSchema } from './owner.js'
import { appPaths } from './paths.js'

/**
 * Every deploy is a numbered folder, `runs/<n>`:
 *   request.json  what is wanted, by whom; the folder appears with it, in one rename; what is open in it is decided later
 *   spawned.json  the process started for it
 *   claim.json    the process that carries it out, made once and never changed
 *   began.json    its turn has come
 *   events.jsonl  all it said
 *   result.json   how it ended
 * There is no lock file: a run may go on when every run before it has ended, or its process is dead.
 */
const requestSchema = v.object({
  task: v.picklist(askedTasks),
  /** How to upgrade; null: the settings decide. */
  mode: v.optional(v.nullable(v.picklist(['auto', 'hot', 'swap'])), null),
  /** The release that a rollback goes back to, or that a retry continues. */
  release: v.optional(v.nullable(v.number()), null),
  /** Whether a rollback leaves config values and domains as they are. */
  code_only: v.optional(v.boolean(), false),
  /** Whether to deploy even a revision that is marked as bad. */
  force: v.optional(v.boolean(), false),
  /** What a rollback does about migrations that the older release does not have. */
  schema: v.optional(v.picklist(['refuse', 'keep', 'down', 'restored']), 'refuse'),
  /** Machines of the fleet that are left out. */
  without: v.optional(v.array(v.string()), []),
  /** The step that a retry begins with. */
  from: v.optional(v.nullable(v.string()), null),
  /** Whether the user named no commit or release. The other fields are then a forecast, until its turn comes. */
  open: v.optional(v.boolean(), false),
  revision: v.string(),
  /** The commit of the branch at the time of the request; null: the branch does not move. */
  expected: v.nullable(v.string()),
  branch: v.nullable(v.string()),
  pusher: v.string(),
  subject: v.string(),
  at: v.string(),
  asker: ownerSchema,
})
export type RunRequest = v.InferOutput<typeof requestSchema>

const resultSchema = v.object({
  outcome: v.picklist(outcomes),
  mode: v.nullable(v.picklist(modes)),
  step: v.nullable(v.string()),
  error: v.nullable(v.object({ code: v.string(), text: v.string(), hint: v.string() })),
  steps: v.array(v.object({ step: v.string(), ms: v.number(), ok: v.boolean() })),
  ms: v.number(),
  at: v.string(),
})
export type RunResult = v.InferOutput<typeof resultSchema>

export type RunState = 'queued' | 'running' | RunResult['outcome']

export interface Run {
  readonly number: number
  readonly state: RunState
  readonly request: RunRequest
  readonly result: RunResult | null
}

const files = (home: string, project: string, number: number) => {
  const folder = `${appPaths(home, project).runs}/${number}`
  return {
    folder,
    request: `${folder}/request.json`,
    spawned: `${folder}/spawned.json`,
    claim: `${folder}/claim.json`,
    began: `${folder}/began.json`,
    events: `${folder}/events.jsonl`,
    result: `${folder}/result.json`,
  }
}

export const eventsPath = (home: string, project: string, number: number): string =>
  files(home, project, number).events

/** Returns the mark in the environment of everything that a run starts. */
export const runMark = (home: string, project: string, number: number): string =>
  `${home}:${project}:${number}`

/** Notes who cancels a run. The run reads it when it gets the signal. */
export const noteCanceller = (home: string, project: string, number: number, who: string): void =>
  note(home, project, number, join(files(home, project, number).folder, 'cancel.json'), who)

export const readCanceller = (home: string, project: string, number: number): string =>
  readJson(join(files(home, project, number).folder, 'cancel.json'), v.string()) ?? 'a signal'

/** Requests a run. Its number is the next that no run and no release has. */
export const createRun = (
  home: string,
  project: string,
  wanted: Omit<v.InferInput<typeof requestSchema>, 'at' | 'asker'>,
): number => {
  const { runs, releases, failed } = appPaths(home, project)
  const beside = join(runs, `.new-${process.pid}`)
  const request = { ...wanted, at: new Date().toISOString(), asker: ownerOf(process.pid) }
  writeJson(join(beside, 'request.json'), request)
  try {
    let number = 0
    do {
      number = Math.max(0, ...[runs, releases, failed].flatMap(numbersIn)) + 1
    } while (!nameFolder(beside, join(runs, String(number))))
    // Without this a power cut could take back the number, and it would be used again.
    syncFolder(runs)
    return number
  } catch (error) {
    rmSync(beside, { recursive: true, force: true })
    throw error
  }
}

/** Claims a run for a process. @returns false: another process has claimed it, or the run is gone. */
export const claimRun = (home: string, project: string, number: number, owner: Owner | null): boolean =>
  createWhole(files(home, project, number).claim, JSON.stringify(owner))

/** Notes the process that was started for a run, so that its death before the claim is noticed. */
export const noteSpawned = (home: string, project: string, number: number, pid: number): void => {
  const owner = ownerIfAlive(pid) ?? { pid, started: '', boot: '' }
  note(home, project, number, files(home, project, number).spawned, owner)
}

/** Notes that a run's turn has come. */
export const beginRun = (home: string, project: string, number: number): void =>
  note(home, project, number, files(home, project, number).began, new Date().toISOString())

/** Notes the target of a run that was open until its turn came. */
export const decideRun = (
  home: string,
  project: string,
  number: number,
  found: Pick<RunRequest, 'revision' | 'release' | 'subject'>,
): RunRequest => {
  const request = { ...readRun(home, project, number).request, ...found, open: false }
  writeJson(files(home, project, number).request, request)
  return request
}

export const finishRun = (home: string, project: string, number: number, result: RunResult): void =>
  note(home, project, number, files(home, project, number).result, result)

/** Writes a file of a run that still exists: after an unload its folder must not come back without a request. */
const note = (home: string, project: string, number: number, path: string, value: unknown): void => {
  if (isThere(home, project, number)) writeJson(path, value)
}

/** Tells whether a run still exists. */
export const isThere = (home: string, project: string, number: number): boolean =>
  existsSync(files(home, project, number).request)

/** Returns the numbers of the runs, oldest first. */
export const runNumbers = (home: string, project: string): number[] =>
  numbersIn(appPaths(home, project).runs).filter(number => isThere(home, project, number))

/** Yields the runs, newest first. Each is read only when it is needed, because most callers need few. */
function* newestFirst(home: string, project: string, read = readRunIfThere): Generator<Run> {
  for (const number of numbersIn(appPaths(home, project).runs).reverse()) {
    const run = read(home, project, number)
    if (run) yield run
  }
}

/** Reads a run. @throws GatlingError RUN_UNKNOWN. */
export const readRun = (home: string, project: string, number: number): Run => {
  const run = readRunIfThere(home, project, number)
  if (!run) throw runUnknown(project, number)
  return run
}

const readRunIfThere = (home: string, project: string, number: number): Run | null => {
  const paths = files(home, project, number)
  const request = readJson(paths.request, requestSchema)
  if (!request) return null
  const ended = readJson(paths.result, resultSchema)
  if (ended) return { number, request, result: ended, state: ended.outcome }
  // The result is read after the state: a run that ended meanwhile wrote its result before its end.
  const state = stateOf(paths, request.asker)
  const result = readJson(paths.result, resultSchema)
  return { number, request, result, state: result?.outcome ?? state }
}

/** Returns how a run ended; null: it has not ended, or left no record. */
export const readResult = (home: string, project: string, number: number): RunResult | null =>
  readJson(files(home, project, number).result, resultSchema)

const stateOf = (paths: ReturnType<typeof files>, asker: Owner): RunState => {
  const claimed = readPlain(paths.claim) !== null
  const owner = claimed
    ? readJson(paths.claim, v.nullable(ownerSchema))
    : (readJson(paths.spawned, ownerSchema) ?? asker)
  if (!owner || !isAlive(owner)) return 'interrupted'
  return readPlain(paths.began) === null ? 'queued' : 'running'
}

/** Lists every run, oldest first. */
export const listRuns = (home: string, project: string): Run[] =>
  runNumbers(home, project).flatMap(number => readRunIfThere(home, project, number) ?? [])

/** Returns the runs before this one, newest first, back to the last run that had its turn and ended by itself. */
export const runsSinceOrderly = (home: string, project: string, before = Number.POSITIVE_INFINITY): Run[] => {
  const runs: Run[] = []
  for (const run of newestFirst(home, project)) {
    if (run.number >= before) continue
    runs.push(run)
    if (run.result && run.result.steps.length > 0) break
  }
  return runs
}

/** Returns the interrupted runs that nobody has recorded yet. */
export const unrecordedRuns = (home: string, project: string): Run[] =>
  runsSinceOrderly(home, project).filter(isUnrecorded)

/** Tells whether a run was interrupted, and nobody has recorded its end. */
export const isUnrecorded = ({ state, result }: Run): boolean => state === 'interrupted' && result === null

/** Tells whether a run of the app is running. */
export const isDeploying = (home: string, project: string): boolean =>
  runsSinceOrderly(home, project).some(({ state }) => state === 'running')

/** Returns the release of a run: its own, or the target of a rollback, or the release that a retry continues. */
export const releaseOf = ({ number, request }: Run): number => request.release ?? number

/** How many runs are kept, in `history` and on disk. */
const keptRuns = 200

/** Forgets old runs. Keeps the newest, and those whose release still exists, because `gatling releases` reads them. */
export const forgetOldRuns = (home: string, project: string, there: readonly number[]): void => {
  for (const number of runNumbers(home, project).slice(0, -keptRuns)) {
    const run = readIfWhole(home, project, number)
    if (run && isBuild(run.request.task) && there.includes(releaseOf(run))) continue
    rmSync(files(home, project, number).folder, { recursive: true, force: true })
  }
}

/** How many good runs steps are compared with. */
const compared = 20

/** Returns how long steps took in the last good runs of the same kind, in ms. A broken file counts as empty. */
export const stepTimes = (home: string, project: string, task: AskedTask) => {
  const times = new Map<string, number[]>()
  let good = 0
  for (const run of newestFirst(home, project, readIfWhole)) {
    if (good === compared) break
    if (run.result?.outcome !== 'ok' || kindOf(run.request.task) !== kindOf(task)) continue
    good++
    for (const { step, ms } of run.result.steps) times.set(step, [...(times.get(step) ?? []), ms])
  }
  return (step: string): readonly number[] => times.get(step) ?? []
}

/** Returns the kind of a task, for comparisons of times. A push and all repetitions of a push are one kind. */
const kindOf = (task: AskedTask): string => (isBuild(task) ? 'build' : task)

const readIfWhole = (home: string, project: string, number: number): Run | null => {
  try {
    return readRun(home, project, number)
  } catch {
    return null
  }
}

/** Returns the last request, however it ended; null: none. Plans and unloads do not count. */
export const lastRequest = (home: string, project: string): RunRequest | null => {
  for (const { request } of newestFirst(home, project)) {
    if (request.task !== 'unload' && request.task !== 'plan') return request
  }
  return null
}

/** Returns the newest run; null: none. */
export const lastRun = (home: string, project: string): Run | null => {
  for (const run of newestFirst(home, project)) return run
  return null
}

export const isOver = (run: Run): boolean => run.state !== 'queued' && run.state !== 'running'

/** Returns the process that has claimed a run, or was started for it; null: there is none yet. It can have ended. */
export const runProcess = (home: string, project: string, number: number): Owner | null => {
  const { claim, spawned } = files(home, project, number)
  return readJson(claim, v.nullable(ownerSchema)) ?? readJson(spawned, ownerSchema)
}

/** Returns the process that carries out a run; null: none does. */
export const runOwner = (home: string, project: string, number: number): Owner | null => {
  const owner = readJson(files(home, project, number).claim, v.nullable(ownerSchema))
  return owner && isAlive(owner) ? owner : null
}
