import { copyTree, flush, publish } from '../../../commands/files.js'
import type { Env } from '../../../core/env.js'
import type { Runtime } from '../../../core/runtime.js'
import { step } from '../../../core/step.js'
import { manifestOf, manifestPath } from '../../../templates/manifest.js'
import { claimNode } from '../upgrade/claim-node.js'

const copyRelease = async (env: Env, { host }: Runtime): Promise<void> => {
  await host.run(copyTree(env.built_release_path, env.upgrade_dir))
  if (env.public_dir !== null && env.task !== 'plan') await host.run(publish(env.upgrade_dir, env.public_dir))
}

/** Completes a release: writes its manifest and how it starts, and flushes it to the disk. */
const sealRelease = async (env: Env, runtime: Runtime): Promise<void> => {
  const { host } = runtime
  await host.write(manifestPath(env.upgrade_dir), manifestOf(env, 'phoenix'))
  await claimNode(env, runtime)
  await host.run(flush(env.upgrade_dir))
}

export const copyReleaseToDeploy = step({
  name: 'copy_release_to_deploy',
  about: 'Copies the built release to the folder of this deploy.',
  run: copyRelease,
})

export const expandRelease = step({
  name: 'expand_release',
  about: 'Makes the copied release ready to start.',
  completes: true,
  run: sealRelease,
})

export const copyReleaseToUpgrade = step({
  name: 'copy_release_to_upgrade',
  about: 'Copies the built release to its own folder, beside the one that runs.',
  completes: true,
  run: async (env, runtime) => {
    await copyRelease(env, runtime)
    await sealRelease(env, runtime)
  },
})
