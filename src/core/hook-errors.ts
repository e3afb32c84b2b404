import { error } from './error.js'

export const hookMisspelt = error(
  'HOOK_MISSPELT',
  'A function is named like a hook, but no step has that name.',
  (file: string, name: string, meant: string | undefined) => ({
    message: `${file} defines ${name}, but there is no such step${meant ? `; did you mean ${meant}?` : ''}`,
    hint: 'Rename it: `gatling steps` lists every step. If it is not a hook, its name must not begin with before_ or after_.',
  }),
)

export const hookWrongTask = error(
  'HOOK_WRONG_TASK',
  'A hook is in the hook file of another task.',
  (file: string, name: string) => ({
    message: `${file} defines ${name}, which is not a step of the task this file is for`,
    hint: 'Move the function: deploy.* is for the first deploy and for unload, upgrade.* for every push after it.',
  }),
)

export const hookArity = error(
  'HOOK_ARITY',
  'A hook takes the wrong number of arguments.',
  (file: string, name: string, arity: number) => ({
    message: `${file} defines ${name}/${arity}, but a hook takes one argument, env`,
    hint: `Define it as ${name}(env).`,
  }),
)

export const hookTwice = error(
  'HOOK_TWICE',
  'A hook file defines the same hook in two spellings.',
  (file: string, one: string, other: string) => ({
    message: `${file} defines both ${one} and ${other}, which are the same hook`,
    hint: 'Keep one of them.',
  }),
)

export const hookHidden = error(
  'HOOK_HIDDEN',
  'A hook file defines a hook where Gatling does not look for it.',
  (file: string, name: string, howTo: string) => ({
    message: `${file} defines ${name}, but not as a hook, so Gatling would not run it`,
    hint: `${howTo} If it is not a hook, rename it.`,
  }),
)
