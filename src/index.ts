import type { Env } from './core/env.js'
import type { bash, log } from './hooks/tools.js'
import type { lists } from './stacks/phoenix/lists.js'
import type { staticLists } from './stacks/static/static.js'

export type { Env, Failure, Mode, Task, Timing } from './core/env.js'
export type { Live, Slot } from './core/live.js'
export { type BashOptions, bash, log } from './hooks/tools.js'

/** What a hook gets in addition to `env`. */
export interface HookTools {
  readonly bash: typeof bash
  readonly log: typeof log
}

/** Gatling ignores what a hook returns. If a hook throws, the deploy stops. */
export type Hook = (env: Env, tools: HookTools) => unknown

type Named<Name extends string> =
  | `before_${Name}`
  | `after_${Name}`
  | `on_error_${Name}`
  | 'on_error'
  | 'finally'
type Around<Name extends string> = {
  readonly [Key in Named<Name> | Camel<Named<Name>>]?: Hook
}

/** The other spelling of a hook: `before_mix_compile` can also be `beforeMixCompile`. */
type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name

type NamesOf<Task extends keyof typeof lists> =
  | (typeof lists)[Task][number]['name']
  | (typeof staticLists)[Task][number]['name']

/** The hooks that `deploy.ts` may define: those of the first deploy and of unload. */
export type DeployHooks = Around<NamesOf<'deploy'> | NamesOf<'unload'>>

/** The hooks that `upgrade.ts` may define. */
export type UpgradeHooks = Around<NamesOf<'upgrade'> | NamesOf<'rollback'>>
