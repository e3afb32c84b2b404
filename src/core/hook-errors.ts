import { error } from './error.js'

export const hookMisspelt = error(
  'HOOK_MISSPELT',
  'A function is named like a hook, but no step has that name.',
  (file: string, name: string, meant: string | undefined) => ({
    message: `${file} defines ${name}, but there is no such step${meant ? `; did you mean ${meant}?` : ''}`,
    hint: 'Rename it (`gatling steps` lists every step), or name it so that it does not begin with before_ or after_.',
  }),
)

export const hookWrongTask = error(
  'HOOK_WRONG_TASK',
  'A hook stands in the hook file of another task.',
  (file: string, name: string) => ({
    message: `${file} defines ${name}, which is not a step of the task this file is for`,
    hint: 'deploy.* is for the first deploy and for unload, upgrade.* for every push after; move the function there.',
  }),
)

export const hookArity = error(
  'HOOK_ARITY',
  'A hook takes another number of arguments than it is called with.',
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
  (file: string, name: string) => ({
    message: `${file} defines ${name}, but not as a hook, so it would not be run`,
    hint: /\.exs?$/.test(file)
      ? `Define it with def ${name}(env), in a module; defp and defmacro define no hook. If it is no hook, give it another name.`
      : `Export it as a function, by its name or in the object that is the default export: not in a class, nor in an object in that one. If it is no hook, give it another name.`,
  }),
)
