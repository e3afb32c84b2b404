import type { SchemaOptions, Task } from '../../core/env.js'
import type { Stack } from '../../core/stack.js'
import type { Pipeline } from '../../core/step.js'
import { installInitScript } from '../../steps/init-script.js'
import { configureNginx } from '../../steps/proxy.js'
import { makeDeployDir, makeUpgradeDir } from '../../steps/release.js'
import { sendRelease } from '../../steps/send.js'
import { unloadSteps } from '../../steps/unload.js'
import { mixCompile, mixDepsGet, mixDigest, mixEctoSetup, mixRelease, mixReleaseInit } from './steps/mix.js'
import { copyReleaseToDeploy, copyReleaseToUpgrade, expandRelease } from './steps/release.js'
import { checkSchema, mixEctoMigrate, mixEctoRollback } from './steps/schema.js'
import { planUpgrade, prepareService, startService, upgradeService } from './steps/service.js'

/** The lists of steps of a Phoenix app, and of every other app that `mix release` builds. */
export const lists = {
  /** The first push. */
  deploy: [
    mixDepsGet,
    mixCompile,
    mixDigest,
    mixReleaseInit,
    mixRelease,
    makeDeployDir,
    copyReleaseToDeploy,
    expandRelease,
    installInitScript,
    mixEctoSetup,
    mixEctoMigrate,
    startService,
    configureNginx,
  ],

  /** Every push after the first. */
  upgrade: [
    mixDepsGet,
    mixCompile,
    mixDigest,
    mixReleaseInit,
    mixRelease,
    makeUpgradeDir,
    copyReleaseToUpgrade,
    sendRelease,
    mixEctoMigrate,
    upgradeService,
    configureNginx,
  ],

  /** `gatling plan`: the steps of a push that do not touch the running app. */
  plan: [
    mixDepsGet,
    mixCompile,
    mixDigest,
    mixReleaseInit,
    mixRelease,
    makeUpgradeDir,
    copyReleaseToUpgrade,
    planUpgrade,
  ],

  /** `gatling rollback`: to a release that is still on disk. */
  rollback: [checkSchema, sendRelease, prepareService, mixEctoRollback, upgradeService, configureNginx],

  /** `gatling unload`. */
  unload: unloadSteps,
} satisfies Stack['lists']

/** The steps by which another machine of a fleet takes part in a deploy. */
export const follows: Pipeline = [upgradeService, configureNginx]

/**
 * Returns the list of a task for an app's settings. With `migrate = "after"` the new version serves before its
 * migrations run.
 * @param fleet whether the app is on other machines, too.
 */
export const stepsOf = (task: Task, migrate: SchemaOptions['migrate'], fleet: boolean): Pipeline => {
  const all: Pipeline = lists[task]
  const steps = fleet ? all : all.filter(one => one !== sendRelease)
  return migrate === 'after'
    ? [...steps.filter(one => one !== mixEctoMigrate), ...steps.filter(one => one === mixEctoMigrate)]
    : steps
}
