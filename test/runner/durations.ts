import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const file = fileURLToPath(new URL('durations.json', import.meta.url))
/** The duration assumed for a file that was never measured, in seconds. */
const unknown = 2

type Durations = Readonly<Record<string, number>>

/** The seconds that each test file took in the last measured run, by its path (`npm test -- --record`). */
const durations: Durations = JSON.parse(readFileSync(file, 'utf8'))

export const durationOf = (path: string): number => durations[relative(root, path)] ?? unknown

/** Writes new durations. It keeps those of files that did not run, and drops those of removed files. */
export const writeDurations = (measured: Durations): void => {
  const there = Object.entries({ ...durations, ...measured }).filter(([path]) => existsSync(join(root, path)))
  const sorted = there.sort(([one], [other]) => (one < other ? -1 : 1))
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
}
