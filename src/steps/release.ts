import { flush, isFile, makeDir, move, remove } from '../commands/files.js'
import type { Env } from '../core/env.js'
import type { Runtime } from '../core/runtime.js'
import { step } from '../core/step.js'
import { manifestOf, manifestPath } from '../templates/manifest.js'

const makeDirs = async (env: Env, { host }: Runtime): Promise<void> => {
  await host.run(makeDir(env.upgrade_dir))
}

const removeRelease = async (env: Env, { host }: Runtime): Promise<void> => {
  await host.run(remove(env.upgrade_dir))
}

/** Keeps a complete release for a while, for `gatling retry` and for inspection. Removes an incomplete one. */
const putAside = async (env: Env, runtime: Runtime): Promise<void> => {
  const isWhole = await runtime.host.succeeds(isFile(manifestPath(env.upgrade_dir)))
  if (isWhole && env.task !== 'plan') await runtime.host.run(move(env.upgrade_dir, env.failed_dir))
  else await removeRelease(env, runtime)
}

/** Completes a release of a stack: writes its manifest, and flushes the release to the disk. */
export const sealRelease = async (stack: string, env: Env, { host }: Runtime): Promise<void> => {
  await host.write(manifestPath(env.upgrade_dir), manifestOf(env, stack))
  await host.run(flush(env.upgrade_dir))
}

export const makeDeployDir = step({
  name: 'make_deploy_dir',
  about: 'Makes the folders the app is deployed to.',
  run: makeDirs,
  undo: putAside,
  keeps: true,
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
