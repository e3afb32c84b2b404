import { spawn } from 'node:child_process'
import { commandMissing } from './errors.js'

/** Runs a program with this process's own input, output and terminal. @param options.input a descriptor, in place of the own input. @returns its exit code. @throws GatlingError COMMAND_MISSING. */
export const runAttached = (
  argv: readonly [string, ...string[]],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly input?: number } = {},
): Promise<number> => {
  const [program, ...args] = argv
  const { cwd, env, input } = options
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: [input ?? 'inherit', 'inherit', 'inherit'] })
    child.once('error', () => reject(commandMissing(program)))
    // A shell adds the signal's number to 128. Which signal it was does not matter here.
    child.once('close', code => resolve(code ?? 128))
  })
}
