import { chmodSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import * as postgres from '../commands/postgres.js'
import type { Action } from '../core/action.js'
import { readIfThere, writeWhole } from '../hosts/files.js'
import { must } from '../hosts/must.js'

export interface WantedFile {
  readonly path: string
  readonly text: string
  /** The rights of a file of root's. Without them the file belongs to PostgreSQL's user, in a folder of that user. */
  readonly mode?: number
}

/** Writes a file if it differs, and restores it on undo. @param then makes the new text take effect. */
export const writeFile = (name: string, wanted: () => WantedFile, then: () => Promise<void>): Action => {
  let before: string | null = null
  return {
    name,
    isMade: () => {
      const { path, text } = wanted()
      return readIfThere(path) === text
    },
    run: async () => {
      before = readIfThere(wanted().path)
      await put(wanted())
      await then()
    },
    undo: async () => {
      if (before === null) await remove(wanted())
      else await put({ ...wanted(), text: before })
      await then()
    },
  }
}

const put = async ({ path, text, mode }: WantedFile): Promise<void> => {
  if (mode === undefined) return must(postgres.writeFile(path, text))
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  writeWhole(path, text, mode)
  chmodSync(path, mode)
}

/** Removes a file, and the folder of a drop-in. */
const remove = async ({ path, mode }: WantedFile): Promise<void> => {
  if (mode === undefined) return must(postgres.removeFile(path))
  rmSync(path, { force: true })
  if (readdirSync(dirname(path)).length === 0) rmdirSync(dirname(path))
}
