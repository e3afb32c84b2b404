import { dirname } from 'node:path'
import * as v from 'valibot'
import { whileLocked } from '../hosts/lock.js'
import { parseAnswer } from '../proxies/nginx-log.js'
import { readJson, writeJson } from '../state/json-file.js'
import { add, count, emptyRow, merged, minuteMs, type Row, rowAt } from './row.js'
import { append, appendsOf, readRows, thin } from './store.js'
import { type Place, unread } from './unread.js'

/** The files that a server's metrics come from and go to. */
export interface Sources {
  /** The log of nginx's answers. */
  readonly answers: string
  /** The log of what the apps used: `minute app cpu-ms memory-KB`. */
  readonly samples: string
  /** The positions up to which both were read. */
  readonly position: string
  readonly lock: string
  readonly projects: () => readonly string[]
  readonly folderOf: (project: string) => string
}

const placeSchema = v.nullable(v.object({ head: v.string(), offset: v.number() }))
const positionSchema = v.object({
  answers: placeSchema,
  samples: placeSchema,
  /** The rows to append before anything else. */
  pending: v.array(v.object({ path: v.string(), at: v.number(), text: v.string() })),
})
type Position = v.InferOutput<typeof positionSchema>

/** Rows by app. */
export type Rows = ReadonlyMap<string, readonly Row[]>

/**
 * Makes finished minutes rows of the apps. It first records, in one rename, how far the logs were read and which rows
 * to append. So the next fold completes a killed one, and nothing is lost or counted twice.
 */
export const fold = (sources: Sources): Promise<void> =>
  whileLocked(sources.lock, async () => void foldAlone(sources))

/**
 * Reads the rows of apps from a time on, including the minute that is not over.
 * @param from in minutes since 1970.
 */
export const foldedRows = (sources: Sources, projects: readonly string[], from: number): Promise<Rows> =>
  whileLocked(sources.lock, async () => {
    const { rows: tail } = read(sources, foldAlone(sources), Infinity)
    return new Map(
      projects.map(project => {
        const own = [...(tail.get(project)?.values() ?? [])].filter(({ at }) => at >= from)
        return [project, merged([...readRows(sources.folderOf(project), from), ...own])]
      }),
    )
  })

const foldAlone = (sources: Sources): Position => {
  const before = readJson(sources.position, positionSchema) ?? { answers: null, samples: null, pending: [] }
  // A killed fold can leave rows of an app that was unloaded since.
  const folders = new Set(sources.projects().map(sources.folderOf))
  before.pending.filter(({ path }) => folders.has(dirname(path))).forEach(append)
  const now = Math.floor(Date.now() / minuteMs)
  const { rows, answers, samples } = read(sources, before, now)
  const pending = [...rows].flatMap(([project, own]) =>
    appendsOf(sources.folderOf(project), merged(own.values())),
  )
  const after = { answers, samples, pending: [] }
  if (
    pending.length > 0 ||
    before.pending.length > 0 ||
    answers !== before.answers ||
    samples !== before.samples
  ) {
    if (pending.length > 0) writeJson(sources.position, { ...after, pending })
    pending.forEach(append)
    writeJson(sources.position, after)
  }
  for (const project of sources.projects()) thin(sources.folderOf(project), now)
  return after
}

/**
 * Reads the logs from a position up to the first line of the minute `until`.
 * @returns the rows, and the new position.
 */
const read = (sources: Sources, position: Position, until: number) => {
  const known = new Set(sources.projects())
  const rows = new Map<string, Map<number, Row>>()
  const rowOf = (project: string, at: number): Row => {
    const own = rows.get(project) ?? new Map<number, Row>()
    if (known.has(project)) rows.set(project, own)
    return rowAt(own, at)
  }
  let { answers, samples }: { answers: Place | null; samples: Place | null } = position
  for (const { text, after } of unread(sources.answers, answers)) {
    const { at, answered } = parseAnswer(text)
    const minute = Math.floor(at / minuteMs)
    if (minute >= until) break
    answers = after
    if (answered) count(rowOf(answered.project, minute), answered)
  }
  for (const { text, after } of unread(sources.samples, samples)) {
    const [, at, project = '', cpu, memory] = sample.exec(text) ?? []
    if (Number(at) >= until) break
    samples = after
    if (at !== undefined)
      add(rowOf(project, Number(at)), { ...emptyRow(Number(at)), cpu: Number(cpu), memory: Number(memory) })
  }
  return { rows, answers, samples }
}

const sample = /^(\d{1,9}) ([a-z][a-z0-9_]*) (\d{1,12}) (\d{1,12})$/
