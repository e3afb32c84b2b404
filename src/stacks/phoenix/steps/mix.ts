import { isExecutable, isFile, remove } from '../../../commands/files.js'
import { lfsPointers, lfsPointersBelow } from '../../../commands/git.js'
import type { Env } from '../../../core/env.js'
import type { Runtime } from '../../../core/runtime.js'
import { step } from '../../../core/step.js'
import * as mix from '../commands/mix.js'
import { lfsPointersLeft, releaseNotBuilt } from './errors.js'

export const mixDepsGet = step({
  name: 'mix_deps_get',
  about: 'Fetches the dependencies: mix deps.get --only prod.',
  run: async (env, runtime) => {
    await refusePointers(env, runtime)
    await runtime.host.run(mix.depsGet(env))
  },
})

/**
 * Refuses files that are only pointers of git-lfs. A hook before the first step can fetch their content.
 * @throws GatlingError LFS_POINTERS.
 */
const refusePointers = async ({ build_dir }: Env, { host }: Runtime): Promise<void> => {
  const own = await host.succeeds(lfsPointers(build_dir))
  const hasSubmodules = await host.succeeds(isFile(`${build_dir}/.gitmodules`))
  const found = [
    ...(own ? [await host.run(lfsPointers(build_dir))] : []),
    ...(hasSubmodules ? [await host.run(lfsPointersBelow(build_dir))] : []),
  ].flatMap(text => text.split('\n').filter(Boolean))
  if (found.length > 0) throw lfsPointersLeft(found)
}

export const mixCompile = step({
  name: 'mix_compile',
  about: 'Compiles the app: mix compile.',
  run: async (env, { host }) => {
    await host.run(mix.compile(env))
  },
})

/** The tasks that fingerprint static files. Gatling runs the first one that the app has. */
const digests = ['assets.deploy', 'phx.digest']
const clean = 'phx.digest.clean'

export const mixDigest = step({
  name: 'mix_digest',
  about: 'Builds and fingerprints static files: mix assets.deploy, else mix phx.digest, else nothing.',
  run: async (env, { host, note }) => {
    const digest = digests.find(task => env.available_tasks.includes(task))
    if (digest)
      await host.run(env.available_tasks.includes(clean) ? mix.digest(env, digest) : mix.task(env, digest))
    else note(`nothing to do: the app has neither ${digests.join(' nor ')}`)
  },
})

export const mixReleaseInit = step({
  name: 'mix_release_init',
  about: 'Nothing for most apps: mix release brings its own templates. Kept for its hooks.',
  run: async () => {},
})

export const mixRelease = step({
  name: 'mix_release',
  about: 'Builds the release: mix release.',
  run: async (env, { host }) => {
    // A release of another name can have left files there, too.
    await host.run(remove(env.built_release_path.replace(/\/[^/]+$/, '')))
    await host.run(mix.release(env))
    if (!(await host.succeeds(isExecutable(`${env.built_release_path}/bin/${env.release_name}`)))) {
      throw releaseNotBuilt(env.built_release_path)
    }
  },
})

export const mixEctoSetup = step({
  name: 'mix_ecto_setup',
  about: 'On the first deploy, makes the database: mix ecto.setup, where the app has it.',
  run: async (env, { host, note }) => {
    if (env.available_tasks.includes('ecto.setup')) await host.run(mix.ectoSetup(env))
    else note('nothing to do: the app has no ecto.setup')
  },
})
