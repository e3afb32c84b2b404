import { error } from '../../../core/error.js'
import { indent } from '../../../core/error-text.js'
import { type Deploy, withSwap } from '../../../upgrade/ask-again.js'

export const nodeFlagTaken = error(
  'NODE_FLAG_TAKEN',
  "The app's vm.args, env.sh or config gives its Erlang node a name, cookie or port, which are Gatling's.",
  (place: string, flag: string, next: string) => ({
    message: `${place} has \`${flag}\`. Gatling gives the app's Erlang node its name, cookie and port, and could not reach this one`,
    hint: next,
  }),
)

export const hotImpossible = error(
  'HOT_IMPOSSIBLE',
  'Only a hot upgrade was wanted, and the running app cannot be upgraded hot.',
  (deploy: Deploy, reasons: readonly string[]) => ({
    message: `the running app cannot be upgraded hot:${indent(reasons)}`,
    hint: `${deploy.task === 'plan' ? 'See what a swap would do' : 'Take it over with a swap'}: ${withSwap(deploy)}, or mode = "auto" in gatling.toml, [upgrade].`,
  }),
)

export const releaseBroken = error(
  'RELEASE_BROKEN',
  'The new release holds a module that the Erlang VM refuses to load.',
  (module: string, reason: string) => ({
    message: `the new release cannot be loaded: ${module}: ${reason}`,
    hint: 'The build is damaged, or made for another Erlang. Push again; if that does not help, remove _build in the checkout.',
  }),
)

export const migrationFailed = error(
  'MIGRATION_FAILED',
  "The app's own code_change/3 failed, so its state could not be taken to the new version.",
  (deploy: Deploy, module: string, reason: string) => ({
    message: `code_change/3 of ${module} failed: ${reason}`,
    hint: `Correct it and push again; or give the state up with a swap: ${withSwap(deploy)}.`,
  }),
)
