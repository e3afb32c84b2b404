import { spawn } from 'node:child_process'
import { lingerMs } from '../hosts/process.js'

export interface BashOptions {
  /** The folder to run it in. */
  readonly cd?: string
  readonly env?: Readonly<Record<string, string>>
  /** `false`: a status other than 0 is returned instead of thrown. */
  readonly check?: boolean
}

/**
 * Runs a program, and writes its output line by line into the deploy's log.
 * @returns all its standard output, and its status.
 * @throws Error if the status is not 0, unless `check: false` is given.
 */
export const bash = async (
  command: string,
  args: readonly string[] = [],
  { cd, env, check = true }: BashOptions = {},
): Promise<{ output: string; status: number }> => {
  const shown = [command, ...args].join(' ')
  log(`$ ${shown}${cd ? ` (${cd})` : ''}`)
  const child = spawn(command, args, {
    cwd: cd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString()
    process.stdout.write(bytes)
  })
  const status = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => {
      // A process that it left running can keep its output open for ever.
      const linger = setTimeout(() => child.stdout.destroy(), lingerMs)
      child.once('close', () => {
        clearTimeout(linger)
        resolve(code ?? 1)
      })
    })
  })
  if (check && status !== 0) throw new Error(`\`${shown}\` ended with status ${status}`)
  return { output, status }
}

/** Prints a line in the deploy's log. */
export const log = (message: unknown): void => {
  process.stdout.write(`${String(message)}\n`)
}
