import { copyTree, flush, isFile, makeDir, move, publish, remove } from '../../../commands/files.js'
import type { Env } from '../../../core/env.js'
import type { Runtime } from '../../../core/runtime.js'
import { step } from '../../../core/step.js'
import { manifestOf, manifestPath } from '../../../templates/manifest.js'
import { claimNode } from '../upgrade/claim-node.js'

const makeDirs = async (env: Env, { host }: Runtime): Promise<void> => {
  await host.run(makeDir(env.upgrade_dir))
}

const removeRelease = async (env: Env, { host }: Runtime): Promise<void> => {
  await host.run(remove(env.upgrade_dir))
}

/** A release that is whole is kept for a while, for `gatling retry` and for a look at it. */
const putAside = async (env: Env, runtime: Runtime): Promise<void> => {
  const isWhole = await runtime.host.succeeds(isFile(manifestPath(env.upgrade_dir)))
  if (isWhole && env.task !== 'plan') await runtime.host.run(move(env.upgrade_dir, env.failed_dir))
  else await removeRelease(env, runtime)
}

const copyRelease = async (env: Env, { host }: Runtime): Promise<void> => {
  await host.run(copyTree(env.built_release_path, env.upgrade_dir))
  if (env.public_dir !== null && env.task !== 'plan') await host.run(publish(env.upgrade_dir, env.public_dir))
}

/** What makes a built release one of this app's: what it was made from, and how it is started. */
const sealRelease = async (env: Env, runtime: Runtime): Promise<void> => {
  const { host } = runtime
  await host.write(manifestPath(env.upgrade_dir), manifestOf(env))
  await claimNode(env, runtime)
  await host.run(flush(env.upgrade_dir))
}

export const makeDeployDir = step({
  name: 'make_deploy_dir',
  about: 'Makes the folders the app is deployed to.',
  run: makeDirs,
  undo: putAside,
  keeps: true,
})

export const copyReleaseToDeploy = step({
  name: 'copy_release_to_deploy',
  about: 'Copies the built release to the folder of this deploy.',
  run: copyRelease,
})

export const expandRelease = step({
  name: 'expand_release',
  about: 'Makes the copied release ready to start.',
  run: sealRelease,
})

export const makeUpgradeDir = step({
  name: 'make_upgrade_dir',
  about: 'Makes the folder of the new release.',
  run: makeDirs,
  undo: putAside,
  keeps: true,
  settle: async (env, runtime) => {
    if (env.task === 'plan') await removeRelease(env, runtime)
  },
})

export const copyReleaseToUpgrade = step({
  name: 'copy_release_to_upgrade',
  about: 'Copies the built release to its own folder, beside the one that runs.',
  run: async (env, runtime) => {
    await copyRelease(env, runtime)
    await sealRelease(env, runtime)
  },
})
