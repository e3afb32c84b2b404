import type { Stack } from '../core/stack.js'
import { mixCompile, mixDepsGet, mixDigest, mixEctoSetup, mixRelease, mixReleaseInit } from '../steps/mix.js'
import { configureNginx, unconfigureNginx } from '../steps/proxy.js'
import {
  copyReleaseToDeploy,
  copyReleaseToUpgrade,
  expandRelease,
  makeDeployDir,
  makeUpgradeDir,
} from '../steps/release.js'
import { installInitScript, planUpgrade, startService, upgradeService } from '../steps/service.js'
import {
  finishUnload,
  removeBuildDir,
  removeDeployDir,
  removeInitScript,
  stopService,
} from '../steps/unload.js'

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
  rollback: [upgradeService, configureNginx],

  /** `gatling unload`. */
  unload: [stopService, removeInitScript, unconfigureNginx, removeDeployDir, removeBuildDir, finishUnload],
} satisfies Stack
