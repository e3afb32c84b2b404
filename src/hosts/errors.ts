import { error } from '../core/error.js'

export const commandLate = error(
  'COMMAND_LATE',
  'A command took longer than it may, and was stopped.',
  (command: string, ms: number) => ({
    message: `\`${command}\` did not end within ${ms / 1_000} s and was stopped`,
    hint: 'See what it waits for, and try again.',
  }),
)

export const commandMissing = error(
  'COMMAND_MISSING',
  'A program that a step needs is not installed.',
  (program: string) => ({
    message: `the program \`${program}\` was not found on this machine`,
    hint: `Install ${program} so that it is on the PATH of the user who runs Gatling, then try again.`,
  }),
)

export const lockHeld = error(
  'LOCK_HELD',
  'Another process of Gatling has been at the same for minutes.',
  (file: string, seconds: number) => ({
    message: `another process of Gatling has held ${file} for more than ${seconds} s`,
    hint: 'Try again. `ps -ef --forest` shows which: it is the one above `flock`.',
  }),
)

export const repositoryFile = error(
  'REPOSITORY_FILE',
  'A file of the repository that Gatling reads is not a plain file in it, or is too long.',
  (name: string, problem: string) => ({
    message: `${name} in the repository ${problem}`,
    hint: `Commit ${name} as a plain file, or remove it, and push again.`,
  }),
)
