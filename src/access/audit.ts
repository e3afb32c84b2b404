import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  writeSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import * as v from 'valibot'
import { GatlingError } from '../core/error.js'
import { readPlain, rotate, rotated } from '../hosts/files.js'
import { type Run, readRun, runNumbers } from '../state/runs.js'
import { isServerHome, serverPaths, userOf } from '../state/server.js'
import type { Said } from './audited.js'
import type { Key } from './keys.js'

/** The size at which a file is rotated, in bytes, and how many old files stay beside it. */
const ofAll = { rotateAt: 8 * 1024 * 1024, kept: 4 }
const ofOneApp = { rotateAt: 1024 * 1024, kept: 1 }

const entrySchema = v.object({
  /** Identifies one action. It has one entry when it is requested, and one more when it has ended. */
  id: v.string(),
  at: v.string(),
  /** A key's name, or a user. */
  who: v.string(),
  /** The address that ssh came from; null: the machine itself. */
  from: v.nullable(v.string()),
  /** The fingerprint of the key. */
  key: v.nullable(v.string()),
  project: v.nullable(v.string()),
  action: v.string(),
  detail: v.string(),
  /** null: the action was requested. Its end is unknown, or the entry of its deploy reports it. */
  outcome: v.nullable(v.string()),
  /** The code of its error. */
  code: v.nullable(v.string()),
})
export type Entry = v.InferOutput<typeof entrySchema>
type By = Pick<Entry, 'who' | 'from' | 'key'>

/** Returns the audit's file. On a server only root can write or read it. */
export const auditPath = (home: string): string =>
  isServerHome(home) ? serverPaths.audit : join(home, 'audit.jsonl')

/**
 * Returns the file for the ends of an app's deploys. The app's user reports these, so they have their own file and
 * cannot push out other entries.
 */
const deploysPath = (home: string, project: string): string =>
  join(dirname(auditPath(home)), `deploys-${project}.jsonl`)
const isOfDeploys = (name: string): boolean => /^deploys-.*\.jsonl$/.test(name)
const boundsOf = (path: string): typeof ofAll => (isOfDeploys(basename(path)) ? ofOneApp : ofAll)

/** Returns the person who typed a command on this machine. */
export const byHand = (): By => ({
  who: process.env['SUDO_USER'] ?? userInfo().username,
  from: sshClient(),
  key: null,
})

/** Returns the holder of a key. */
export const byKey = (name: string, keys: readonly Key[]): By => {
  const key = keys.find(one => one.name === name)
  return { who: name, from: sshClient(), key: key ? fingerprint(key) : null }
}

/** Returns the address of ssh's other end (ssh(1), SSH_CONNECTION). */
const sshClient = (): string | null => process.env['SSH_CONNECTION']?.split(' ')[0] ?? null

/** Computes the fingerprint that `ssh-keygen -l` prints. */
const fingerprint = ({ key }: Key): string => {
  const blob = Buffer.from(key.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/**
 * Does some work, and notes it before and after.
 * @param said null: the work changes nothing, so it is not noted.
 * @returns the exit code of `work`.
 */
export const noting = async (
  path: string,
  by: By,
  said: Said | null,
  work: () => Promise<number>,
): Promise<number> => {
  if (said === null) return work()
  const entry = { id: randomBytes(6).toString('hex'), ...by, ...said, outcome: null, code: null }
  append(path, entry)
  try {
    const status = await work()
    // git exits with 0 even after a refusal. The deploy records how it ended.
    if (said.action !== 'push' || status !== 0)
      append(path, { ...entry, outcome: status === 0 ? 'ok' : 'failed' })
    return status
  } catch (error) {
    const code = error instanceof GatlingError ? error.code : null
    const outcome = code === 'KEY_MAY_NOT' || code === 'CONFIG_CODE' ? 'refused' : 'failed'
    append(path, { ...entry, outcome, code })
    throw error
  }
}

/** Notes how a deploy ended, if it has ended. On a server the app's user reports this, so the entry is not trusted. */
export const noteDeploy = (home: string, project: string, number: number, atLast = false): boolean => {
  const run = readIfThere(home, project, number)
  if (run && run.result === null && !atLast) return false
  if (run?.request.task === 'plan') return true
  const pusher = run?.request.pusher.slice(0, 80) ?? ''
  append(deploysPath(home, project), {
    // After an unload, numbers begin at 1 again.
    id: `${project}-${number}-${run?.request.at ?? new Date().toISOString()}`,
    who: isServerHome(home) ? userOf(project) : pusher,
    from: null,
    key: null,
    project,
    ...endOf(number, run, pusher),
  })
  return true
}

/**
 * Notes the deploys after `last` that were refused before they began. They held no lease, so the keeper did not see
 * their end.
 */
export const noteRefused = (home: string, project: string, last: number): void => {
  for (const number of runNumbers(home, project).filter(other => other > last)) {
    try {
      if (readRun(home, project, number).result?.steps.length === 0) noteDeploy(home, project, number)
    } catch {
      // The next reader of this record reports that it is broken.
    }
  }
}

/** Describes the end of a run. A run without a record has unloaded its app. */
const endOf = (
  number: number,
  run: Run | null,
  pusher: string,
): Pick<Entry, 'action' | 'detail' | 'outcome' | 'code'> => {
  if (run === null) return { action: 'unload', detail: `deploy ${number}`, outcome: 'ok', code: null }
  const { request, state, result } = run
  const of = /^[0-9a-f]{7}/.exec(request.revision)?.[0]
  return {
    action: request.task === 'push' ? 'deploy' : request.task,
    detail: `deploy ${number}${of ? ` of ${of}` : ''}, asked for by ${pusher}`,
    outcome: state,
    code: result?.error?.code ?? null,
  }
}

/** Reads a run; null: there is no record. @throws GatlingError STATE_BROKEN. */
const readIfThere = (home: string, project: string, number: number): Run | null =>
  runNumbers(home, project).includes(number) ? readRun(home, project, number) : null

/** Adds an entry. If it cannot be written, it is dropped: a full disk must not stop other work. */
const append = (path: string, entry: Omit<Entry, 'at'>): void => {
  try {
    if (isOfServer(path)) mkdirSync(dirname(path), { recursive: true, mode: 0o750 })
    if (!existsSync(dirname(path))) return
    write(path, JSON.stringify({ at: new Date().toISOString(), ...entry }))
  } catch {
    // The journal and the history still have it.
  }
}

const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW } = constants

const write = (path: string, line: string): void => {
  let file = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, modeOf(path))
  try {
    const { rotateAt, kept } = boundsOf(path)
    if (fstatSync(file).size > rotateAt) {
      closeSync(file)
      rotate(path, kept)
      file = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, modeOf(path))
    }
    writeSync(file, `${endsInMidLine(file) ? '\n' : ''}${line}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

const modeOf = (path: string): number => (isOfServer(path) ? 0o640 : 0o600)

const isOfServer = (path: string): boolean => dirname(path) === dirname(serverPaths.audit)

/** Tells whether the last line is cut off, after a crash or a full disk. The next entry then begins on a new line. */
const endsInMidLine = (file: number): boolean => {
  const { size } = fstatSync(file)
  const last = Buffer.alloc(1)
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 10
}

/** Returns the entries, oldest first, each with how it ended. It skips broken lines. */
export const readAudit = (home: string): Entry[] => {
  const entries = new Map<string, Entry>()
  const path = auditPath(home)
  const folder = dirname(path)
  const deploys = existsSync(folder) ? readdirSync(folder).filter(isOfDeploys) : []
  const paths = [path, ...deploys.map(name => join(folder, name))]
  for (const name of paths.flatMap(one => rotated(one, boundsOf(one).kept))) {
    for (const line of (readPlain(name) ?? '').split('\n')) {
      const entry = parseEntry(line)
      if (entry) entries.set(entry.id, { ...entry, at: entries.get(entry.id)?.at ?? entry.at })
    }
  }
  return [...entries.values()].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
}

const parseEntry = (line: string): Entry | null => {
  try {
    return v.parse(entrySchema, JSON.parse(line))
  } catch {
    return null
  }
}
