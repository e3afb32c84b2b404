import { appendFileSync, mkdirSync } from 'node:fs'
import { type Answered, add, count, emptyRow, minuteMs, type Row, rowAt } from './row.js'
import { appendsOf, thin } from './store.js'

export interface Recorder {
  answered(project: string, answered: Answered): void
  /** @param cpu in ms. @param memory in KB. */
  used(project: string, cpu: number, memory: number): void
  /** Writes the counts since the last time. */
  write(): void
}

/**
 * Counts what the apps of embedded mode answer and use, in memory until it is written.
 * @param folderOf returns the folder for the rows of an app; null: the app no longer exists.
 */
export const createRecorder = (folderOf: (project: string) => string | null): Recorder => {
  const apps = new Map<string, Map<number, Row>>()
  const rowNow = (project: string): Row => {
    const rows = apps.get(project) ?? new Map<number, Row>()
    apps.set(project, rows)
    return rowAt(rows, Math.floor(Date.now() / minuteMs))
  }
  return {
    answered: (project, answered) => count(rowNow(project), answered),
    used: (project, cpu, memory) => {
      const row = rowNow(project)
      add(row, { ...emptyRow(row.at), cpu, memory })
    },
    write: () => {
      for (const [project, rows] of apps) {
        const folder = folderOf(project)
        if (folder !== null) writeRows(folder, [...rows.values()])
      }
      apps.clear()
    },
  }
}

const writeRows = (folder: string, rows: readonly Row[]): void => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // It does not wait for the disk, because visitors would wait, too.
    for (const { path, text } of appendsOf(folder, rows)) appendFileSync(path, text, { mode: 0o600 })
    thin(folder, Math.floor(Date.now() / minuteMs))
  } catch {
    // A full disk must not end the process that answers: these few seconds are not counted.
  }
}
