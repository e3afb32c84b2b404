import { rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { type Mode, modes } from '../core/env.js'
import { type Decision, decisions } from '../core/fleet.js'
import type { Live } from '../core/live.js'
import { nameFolder, syncFolder } from '../hosts/files.js'
import { liveSchema } from './apps.js'
import { runTaken } from './errors.js'
import { readJson, writeJson } from './json-file.js'
import { ownerOf } from './owner.js'
import { appPaths } from './paths.js'
import { type Run, type RunRequest, unrecordedRuns } from './runs.js'

/**
 * Two more files in the folder of a run of a fleet:
 *   vote.json      what becomes live here if the fleet decides so; from here on this machine cannot decide alone
 *   decided.json   what the fleet has decided, if the process of the run died before it knew
 */
export interface Vote {
  readonly live: Live
  readonly mode: Mode
}
const voteSchema: v.GenericSchema<unknown, Vote> = v.object({ live: liveSchema, mode: v.picklist(modes) })

const fileOf = (home: string, project: string, number: number, name: string): string =>
  join(appPaths(home, project).runs, String(number), name)

export const writeVote = (home: string, project: string, number: number, vote: Vote): void =>
  writeJson(fileOf(home, project, number, 'vote.json'), vote)

/** Reads the vote of a run; null: it has not voted. */
export const readVote = (home: string, project: string, number: number): Vote | null =>
  readJson(fileOf(home, project, number, 'vote.json'), voteSchema)

export const noteDecision = (home: string, project: string, number: number, decision: Decision): void =>
  writeJson(fileOf(home, project, number, 'decided.json'), decision)

/** Returns the interrupted runs that have voted, and of which this machine does not know how the fleet decided. */
export const undecidedRuns = (home: string, project: string): readonly Run[] =>
  unrecordedRuns(home, project).filter(
    ({ number }) =>
      readVote(home, project, number) !== null &&
      readJson(fileOf(home, project, number, 'decided.json'), v.picklist(decisions)) === null,
  )

/** Makes the record of a run that another machine of the fleet asked for, under the number that it has there. */
export const createFollower = (
  home: string,
  project: string,
  number: number,
  wanted: Omit<RunRequest, 'at' | 'asker'>,
): void => {
  const { runs } = appPaths(home, project)
  const beside = join(runs, `.new-${process.pid}`)
  const request = { ...wanted, at: new Date().toISOString(), asker: ownerOf(process.pid) }
  writeJson(join(beside, 'request.json'), request)
  if (!nameFolder(beside, join(runs, String(number)))) {
    rmSync(beside, { recursive: true, force: true })
    throw runTaken(project, number)
  }
  syncFolder(runs)
}
