import { error } from '../../../core/error.js'
import { type Deploy, withSwap } from '../../../upgrade/ask-again.js'

export const nodeFlagTaken = error(
  'NODE_FLAG_TAKEN',
  "The app's vm.args, env.sh or config sets the name, cookie or port of its Erlang node, which only Gatling may set.",
  (place: string, flag: string, next: string) => ({
    message: `${place} has \`${flag}\`. Gatling sets the name, cookie and port of the app's Erlang node, and could not reach this one`,
    hint: next,
  }),
)

export const releaseBroken = error(
  'RELEASE_BROKEN',
  'The new release has a module that the Erlang VM refuses to load.',
  (module: string, reason: string) => ({
    message: `the Erlang VM cannot load ${module} of the new release: ${reason}`,
    hint: 'The build is damaged, or made for another Erlang. Push again. If that does not help, remove _build in the checkout.',
  }),
)

export const migrationFailed = error(
  'MIGRATION_FAILED',
  "The app's own code_change/3 failed, so its state could not move to the new version.",
  (deploy: Deploy, module: string, reason: string) => ({
    message: `code_change/3 of ${module} failed: ${reason}`,
    hint: `Fix it, then push again. To give up the state instead, deploy with a swap: ${withSwap(deploy)}.`,
    output: [reason],
  }),
)
