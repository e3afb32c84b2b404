import { execFile } from 'node:child_process'
import type { Command } from '../core/host.js'

export interface Captured {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command outside of any deploy and keeps what it writes; never throws. Status 127: it cannot be started. */
export const runCommand = ({ argv, cwd, env, input }: Command): Promise<Captured> =>
  new Promise(resolve => {
    const [program, ...args] = argv
    const child = execFile(
      program,
      args,
      { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 24 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 127
        resolve({ status, stdout, stderr })
      },
    )
    // It may end without reading it.
    child.stdin?.on('error', () => {}).end(input)
  })
