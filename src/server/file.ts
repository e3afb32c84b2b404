import { chmodSync, existsSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from '../core/host.js'
import { runCommand } from '../hosts/capture.js'
import { readIfThere, writeWhole } from '../hosts/files.js'
import { must } from '../hosts/must.js'
import type { Change } from './change.js'

/** Returns the change that makes a file with this text. @param then the command that makes a program use it. */
export const file = (path: string, text: string, mode: number, about: string, then?: Command): Change => ({
  about: `${about}: ${path}`,
  isMade: () => readIfThere(path) === text,
  make: async () => {
    const isNew = !existsSync(dirname(path))
    writeWhole(path, text, mode)
    chmodSync(path, mode)
    if (isNew) chmodSync(dirname(path), 0o755)
    if (then) await must(then)
  },
  undo: async () => {
    if (!existsSync(path)) return
    rmSync(path)
    if (then) await runCommand(then)
  },
})
