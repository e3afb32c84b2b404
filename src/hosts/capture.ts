import { execFile } from 'node:child_process'
import type { Command } from '../core/host.js'

export interface Captured {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a command outside any deploy and captures its output. It never throws. Status 127: the command cannot be
 * started.
 */
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
    // The program can end without reading its input.
    child.stdin?.on('error', () => {}).end(input)
  })
