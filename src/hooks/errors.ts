import { error } from '../core/error.js'
import { indent, list } from '../core/error-text.js'

export const hookFailed = error(
  'HOOK_FAILED',
  'A hook of the app threw an error.',
  (hook: string, file: string, stack: string) => {
    const output = stack.trimEnd().split('\n')
    return {
      message: `the hook ${hook} in ${file} failed:${indent(output)}`,
      hint: `Fix ${hook} in ${file}, then push again.`,
      output,
    }
  },
)

export const hookExited = error(
  'HOOK_EXITED',
  'A hook ended the process it runs in.',
  (hook: string, file: string, ending: string) => ({
    message: `the hook ${hook} in ${file} ended its own process (${ending})`,
    hint: 'A hook succeeds when it returns and fails when it throws. Remove the exit, then push again.',
  }),
)

export const hookTimeout = error(
  'HOOK_TIMEOUT',
  'Gatling stopped a hook that ran longer than its timeout.',
  (hook: string, file: string, seconds: number) => ({
    message: `the hook ${hook} in ${file} did not return within ${seconds} s, so Gatling stopped it`,
    hint: `Make it faster, or raise its timeout in gatling.toml: [hooks.timeouts] ${hook} = "20m".`,
  }),
)

export const hookFiles = error(
  'HOOK_FILES',
  'There are two hook files for the same task.',
  (task: string, files: readonly string[]) => ({
    message: `there is more than one hook file for ${task}: ${list(files)}`,
    hint: 'Keep one of them, then push again.',
  }),
)

export const hookFileName = error(
  'HOOK_FILE_NAME',
  'A file has almost the name of a hook file, so Gatling would not run its hooks.',
  (name: string, endings: readonly string[]) => {
    const base = name.slice(0, name.indexOf('.')).toLowerCase()
    return {
      message: `${name} has almost the name of a hook file, so Gatling would not run its hooks`,
      hint: `Name it ${base}.${endings[0]}, or use one of the endings ${list(endings.slice(1))}. If it is not a hook file, give it another name. Then push again.`,
    }
  },
)

export const hookFileBroken = error(
  'HOOK_FILE_BROKEN',
  'Gatling cannot load a hook file.',
  (file: string, reason: string) => {
    const output = reason.trimEnd().split('\n')
    return {
      message: `cannot load ${file}:${indent(output)}`,
      hint: `Fix ${file}, then push again.`,
      output,
    }
  },
)
