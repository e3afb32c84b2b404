import { copyTree, flush, makeDir, publish, remove } from '../commands/files.js'
import type { Env } from '../core/env.js'
import type { Runtime } from '../core/runtime.js'
import { step } from '../core/step.js'
import { manifestOf, manifestPath } from '../templates/manifest.js'

/** How many releases stay on disk, the running one included. */
const keptReleases = 5

const makeDirs = async (env: Env, { host }: Runtime): Promise<void> => {
  await host.run(makeDir(env.upgrade_dir))
}

/** Removes the release this deploy made. */
const removeRelease = async (env: Env, { host }: Runtime): Promise<void> => {
  await host.run(remove(env.upgrade_dir))
}

/** What an instance booted from stays as long as it runs, however many hot upgrades ago that was. */
const removeOldReleases = async (env: Env, { host, services }: Runtime): Promise<void> => {
  const booted = (await services.list(env.project)).map(({ release }) => release)
  const kept = [...booted, env.live?.release].map(String)
  const old = env.releases.filter(release => !kept.includes(release)).slice(0, -(keptReleases - 2))
  for (const release of old) await host.run(remove(`${env.deploy_dir}/releases/${release}`))
}

const copyRelease = async (env: Env, { host }: Runtime): Promise<void> => {
  await host.run(copyTree(env.built_release_path, env.upgrade_dir))
  if (env.public_dir !== null && env.task !== 'plan') await host.run(publish(env.upgrade_dir, env.public_dir))
}

/** What makes a built release one of this app's: what it was made from, and how it is started. */
const sealRelease = async (env: Env, { host }: Runtime): Promise<void> => {
  await host.write(manifestPath(env.upgrade_dir), manifestOf(env))
  await host.run(flush(env.upgrade_dir))
}

export const makeDeployDir = step({
  name: 'make_deploy_dir',
  about: 'Makes the folders the app is deployed to.',
  run: makeDirs,
  undo: removeRelease,
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
  undo: removeRelease,
  settle: (env, runtime) => (env.task === 'plan' ? removeRelease : removeOldReleases)(env, runtime),
})

export const copyReleaseToUpgrade = step({
  name: 'copy_release_to_upgrade',
  about: 'Copies the built release to its own folder, beside the one that runs.',
  run: async (env, runtime) => {
    await copyRelease(env, runtime)
    await sealRelease(env, runtime)
  },
})
