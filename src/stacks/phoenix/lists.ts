import type { SchemaOptions, Task } from '../../core/env.js'
import type { Stack } from '../../core/stack.js'
import type { Pipeline } from '../../core/step.js'
import { configureNginx, unconfigureNginx } from '../../steps/proxy.js'
import {
  finishUnload,
  removeBuildDir,
  removeDeployDir,
  removeInitScript,
  stopService,
} from '../../steps/unload.js'
import { mixCompile, mixDepsGet, mixDigest, mixEctoSetup, mixRelease, mixReleaseInit } from './steps/mix.js'
import {
  copyReleaseToDeploy,
  copyReleaseToUpgrade,
  expandRelease,
  makeDeployDir,
  makeUpgradeDir,
} from './steps/release.js'
import { checkSchema, mixEctoMigrate, mixEctoRollback } from './steps/schema.js'
import {
  installInitScript,
  planUpgrade,
  prepareService,
  startService,
  upgradeService,
} from './steps/service.js'

/** What a push does to a Phoenix app, and to every other app that `mix release` builds. */
export const phoenix = {
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
    mixEctoMigrate,
    upgradeService,
    configureNginx,
  ],

  /** `gatling plan`: a push up to where the running app would be touched. */
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
  rollback: [checkSchema, prepareService, mixEctoRollback, upgradeService, configureNginx],

  /** `gatling unload`. */
  unload: [stopService, removeInitScript, unconfigureNginx, removeDeployDir, removeBuildDir, finishUnload],
} satisfies Stack

/** The list of a task as an app wants it: with `migrate = "after"` the new version serves before its migrations run. */
export const stepsOf = (task: Task, migrate: SchemaOptions['migrate']): Pipeline => {
  const steps: Pipeline = phoenix[task]
  return migrate === 'after'
    ? [...steps.filter(one => one !== mixEctoMigrate), ...steps.filter(one => one === mixEctoMigrate)]
    : steps
}

/** What may happen to an app that is deployed: the steps whose hooks stand in `upgrade.*`. */
export const stepsAfterFirst = [...new Set([...phoenix.upgrade, ...phoenix.rollback])]
