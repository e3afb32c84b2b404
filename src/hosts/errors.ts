import { error } from '../core/error.js'

export const commandLate = error(
  'COMMAND_LATE',
  'Gatling stopped a command that took too long.',
  (command: string, ms: number) => ({
    message: `\`${command}\` did not end within ${ms / 1_000} s, so Gatling stopped it`,
    hint: 'Find out what it waits for, then try again.',
  }),
)

export const commandMissing = error(
  'COMMAND_MISSING',
  'A program that a step needs is not installed.',
  (program: string) => ({
    message: `the program \`${program}\` is not installed on this machine`,
    hint: `Install ${program} where the PATH of Gatling's user finds it, then try again.`,
  }),
)

export const lockHeld = error(
  'LOCK_HELD',
  'Another process of Gatling has held a lock for minutes.',
  (file: string, seconds: number) => ({
    message: `another process of Gatling has held ${file} for more than ${seconds} s`,
    hint: 'Try again. `ps -ef --forest` shows the process: it is the parent of `flock`.',
  }),
)

export const repositoryFile = error(
  'REPOSITORY_FILE',
  'A file of the repository that Gatling reads is too long, or is not a plain file in the repository.',
  (name: string, problem: string) => ({
    message: `${name} in the repository ${problem}`,
    hint: `Commit ${name} as a plain file, or remove it, then push again.`,
  }),
)
