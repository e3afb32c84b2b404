import { error } from '../core/error.js'
import { indent, list } from '../core/error-text.js'

export const hookFailed = error(
  'HOOK_FAILED',
  'A hook of the app threw an error.',
  (hook: string, file: string, stack: string) => ({
    message: `the hook ${hook} in ${file} failed:${indent(stack.trimEnd().split('\n'))}`,
    hint: `Correct ${hook} in ${file} and push again.`,
  }),
)

export const hookExited = error(
  'HOOK_EXITED',
  'A hook ended the process it runs in.',
  (hook: string, file: string, ending: string) => ({
    message: `the hook ${hook} in ${file} ended its own process (${ending})`,
    hint: 'A hook reports success by returning and failure by throwing; take the exit out and push again.',
  }),
)

export const hookTimeout = error(
  'HOOK_TIMEOUT',
  'A hook ran longer than its timeout and was stopped.',
  (hook: string, file: string, seconds: number) => ({
    message: `the hook ${hook} in ${file} did not return within ${seconds} s and was stopped`,
    hint: `Make it shorter, or give it time in gatling.toml: [hooks.timeouts] ${hook} = "20m".`,
  }),
)

export const hookFiles = error(
  'HOOK_FILES',
  'There are two hook files for the same task.',
  (task: string, files: readonly string[]) => ({
    message: `there is more than one hook file for ${task}: ${list(files)}`,
    hint: 'Keep one of them, and push again.',
  }),
)

export const hookFileName = error(
  'HOOK_FILE_NAME',
  'A file is named nearly like a hook file, so its hooks would not be run.',
  (name: string, endings: readonly string[]) => {
    const base = name.slice(0, name.indexOf('.')).toLowerCase()
    return {
      message: `${name} is named nearly like a hook file, so nothing of it would be run`,
      hint: `Name it ${base}.${endings[0]}, or with one of the endings ${list(endings.slice(1))}; if it is something else, give it another name. Then push again.`,
    }
  },
)

export const hookFileBroken = error(
  'HOOK_FILE_BROKEN',
  'A hook file cannot be loaded.',
  (file: string, reason: string) => ({
    message: `${file} cannot be loaded:${indent(reason.trimEnd().split('\n'))}`,
    hint: `Correct ${file} and push again.`,
  }),
)
