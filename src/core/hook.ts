import type { Env } from './env.js'
import { hookArity, hookHidden, hookMisspelt, hookTwice, hookWrongTask } from './hook-errors.js'
import { closest } from './suggest.js'

/** The hooks one app defines for one run. */
export interface Hooks {
  /** The names this app defines, in snake_case. */
  readonly names: readonly string[]
  /**
   * Runs the hook if the app defines it; otherwise does nothing. Gatling ignores what the hook returns.
   * @throws GatlingError when the hook throws, ends its process, or outlives its timeout.
   */
  call(name: string, env: Env): Promise<void>
  /** Ends the hooks' process and everything it left running. */
  close(): Promise<void>
}

export const noHooks: Hooks = { names: [], call: async () => {}, close: async () => {} }

/** `beforeMixCompile` and `before_mix_compile` are the same hook. */
export const toSnakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** Returns the names of the hooks on one step. */
export const stepHooks = (step: string): string[] => [`before_${step}`, `after_${step}`, `on_error_${step}`]

/** Returns the name of every hook that a list of steps has. */
export const hookNames = (steps: readonly { readonly name: string }[]): string[] => [
  ...steps.flatMap(({ name }) => stepHooks(name)),
  'on_error',
  'finally',
]

/** Tells whether a hook runs once the outcome of a deploy is certain. Such a hook cannot change the outcome. */
export const isEndHook = (hook: string): boolean => hook === 'finally' || hook.startsWith('on_error')

export interface HookFunction {
  /** As written in the file. */
  readonly name: string
  readonly arity: number
}

const looksLikeHook = /^((before|after)(_|[A-Z])|on(_e|E)rror|finally$)/
/** A helper can have a name like `on_call`; `on_eror` is a typing error. */
const mayBeHook = /^on(_|[A-Z])/

/**
 * Finds the hooks among a file's functions.
 * @returns the snake_case name of each, and the name as written.
 * @throws GatlingError for a name without a step, a hook of another task, the same hook twice, or a wrong arity.
 */
export const recogniseHooks = (
  file: string,
  functions: readonly HookFunction[],
  allowed: readonly string[],
  elsewhere: readonly string[],
  arities: readonly number[],
): Map<string, string> => {
  const hooks = new Map<string, string>()
  for (const { name, arity } of functions) {
    const hook = toSnakeCase(name)
    if (!looksLikeHook.test(name) && !(mayBeHook.test(name) && closest(hook, allowed))) continue
    if (!allowed.includes(hook)) {
      throw elsewhere.includes(hook)
        ? hookWrongTask(file, name)
        : hookMisspelt(file, name, closest(hook, allowed))
    }
    if (!arities.includes(arity)) throw hookArity(file, name, arity)
    const twin = hooks.get(hook)
    if (twin !== undefined && twin !== name) throw hookTwice(file, twin, name)
    hooks.set(hook, name)
  }
  return hooks
}

/**
 * `defp before_x(`, `before_x: `, `static async before_x(`, `const before_x = `: first in a line, or right after `{`,
 * `;` or `,`.
 */
const definition =
  /(?:^|[{;,])[ \t]*((?:(?:export|default|public|static|async|function|const|let|var|defp?|defmacrop?|\*)\s*)*)\b(\w+)\b[ \t]*([:(=](?!=))?/gm

/**
 * Refuses a file whose text defines a hook that is not among its functions, such as a hook in a class or a private
 * hook.
 * @param code the text without comments and texts of several lines;
 * @param found the hooks that were found;
 * @param known all hooks there are;
 * @param howTo says how to define a hook.
 * @throws GatlingError HOOK_HIDDEN.
 */
export const refuseHidden = (
  file: string,
  code: string,
  found: readonly string[],
  known: readonly string[],
  howTo: (hook: string) => string,
): void => {
  for (const [, keywords = '', name = '', sign] of code.matchAll(definition)) {
    const hook = toSnakeCase(name)
    // A helper can have the name on_error or finally.
    const isHook = known.includes(hook) && hook !== 'on_error' && hook !== 'finally'
    if (isHook && !found.includes(hook) && (keywords !== '' || sign !== undefined))
      throw hookHidden(file, name, howTo(name))
  }
}
