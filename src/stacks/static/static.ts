import { join } from 'node:path'
import { copyTree, isFile, makeDir, publishSite } from '../../commands/files.js'
import { backendOf } from '../../core/endpoint.js'
import type { Env } from '../../core/env.js'
import type { Looks } from '../../core/looks.js'
import type { Runtime } from '../../core/runtime.js'
import type { Facts, Stack, Workshop } from '../../core/stack.js'
import { type Pipeline, step } from '../../core/step.js'
import { findRepositoryFile } from '../../hosts/repository-file.js'
import { installInitScript } from '../../steps/init-script.js'
import { restore, siteOf } from '../../steps/proxy.js'
import { makeDeployDir, makeUpgradeDir, sealRelease } from '../../steps/release.js'
import { sendRelease } from '../../steps/send.js'
import { unloadSteps } from '../../steps/unload.js'
import { hotImpossible } from '../../upgrade/errors.js'
import { install, reinstall } from '../../upgrade/install.js'
import { siteEmpty } from '../errors.js'

/** What a step of a static site may use. */
interface StaticRuntime extends Runtime {
  /** `[build] command`; null: the files need no build. */
  readonly buildCommand: string | null
}

const name = 'static'

/** Returns the folder of the files in a release. */
const siteIn = (releaseDir: string): string => join(releaseDir, 'site')

const buildSite = step({
  name: 'build_site',
  about: 'Builds the files: [build] command in gatling.toml, else nothing.',
  run: async (env: Env, { host, note, buildCommand }: StaticRuntime) => {
    if (buildCommand === null) note('nothing to do: gatling.toml has no [build] command')
    else await host.run({ argv: ['sh', '-ec', buildCommand], cwd: env.build_dir })
    if (!(await host.succeeds(isFile(join(env.built_release_path, 'index.html')))))
      throw siteEmpty(env.built_release_path)
  },
})

const copy = async (env: Env, runtime: Runtime): Promise<void> => {
  await runtime.host.run(makeDir(siteIn(env.upgrade_dir)))
  await runtime.host.run(copyTree(env.built_release_path, siteIn(env.upgrade_dir)))
  await sealRelease(name, env, runtime)
}
const about = 'Copies the files to the folder of this release.'
const copyToDeploy = step({ name: 'copy_release_to_deploy', about, completes: true, run: copy })
const copyToUpgrade = step({ name: 'copy_release_to_upgrade', about, completes: true, run: copy })

const planUpgrade = step({
  name: 'plan_upgrade',
  about: 'Says how the site would be taken to the new release, which is then removed again.',
  run: async (_env, { planned }) => planned(plan),
})

const plan = {
  mode: 'swap',
  reasons: [{ code: 'files', text: 'the proxy serves the files: the switch is one rename' }],
  modules: { added: [], changed: [], removed: [] },
  migrations: [],
  children: { started: [], stopped: [] },
  config: [],
} as const

const configureNginx = step({
  name: 'configure_nginx',
  about: 'Makes the site answer on its domains, and switches to its new files.',
  run: async (env, runtime) => {
    const { project, slot, deploy_dir, public_dir } = env
    const { host, proxy, peers } = runtime
    if (env.live) await install(env, runtime)
    await host.run(publishSite(siteIn(env.upgrade_dir), public_dir ?? join(deploy_dir, 'public'), slot))
    await proxy.configure(siteOf(env, true))
    await peers.together(env)
    await proxy.route(project, { files: slot })
    return { mode: env.live ? 'swap' : 'start' }
  },
  undo: async (env, runtime) => {
    await restore(env, runtime)
    await reinstall(env, runtime)
    if (env.live) await runtime.proxy.route(env.project, backendOf(env.live))
  },
})

/** Files have no migrations, and no code that runs. */
const looks: Looks = {
  back: async () => ({ plan, left: [], lacking: [], unknown: null, restore: null, refusal: null }),
  between: async () => null,
  figures: async () => [],
}

/** The lists of steps of a folder of files. */
export const staticLists = {
  deploy: [buildSite, makeDeployDir, copyToDeploy, installInitScript, configureNginx],
  upgrade: [buildSite, makeUpgradeDir, copyToUpgrade, sendRelease, configureNginx],
  plan: [buildSite, makeUpgradeDir, copyToUpgrade, planUpgrade],
  rollback: [sendRelease, configureNginx],
  unload: unloadSteps,
} satisfies Stack['lists']

const factsOf = ({ project, buildDir, settings }: Omit<Workshop, 'host'>): Facts => ({
  version: 'files',
  release_name: project,
  mix_releases: [],
  own_apps: [project],
  available_tasks: [],
  built_release_path: join(buildDir, settings.app.folder ?? defaultFolder),
})
const defaultFolder = 'public'

/** A folder of files, optionally built by a command. It has no process: the proxy serves the files. */
export const staticSite: Stack = {
  name,
  detect: (buildDir, { app }) => {
    if (app.folder !== null) return '[app] folder in gatling.toml'
    const isThere = findRepositoryFile(buildDir, `${defaultFolder}/index.html`) !== null
    return isThere ? `an index.html in ${defaultFolder}` : null
  },
  nameOf: () => null,
  processes: [],
  running: null,
  looks,
  lists: staticLists,
  stepsOf: (task, _, fleet): Pipeline =>
    fleet ? staticLists[task] : staticLists[task].filter(one => one !== sendRelease),
  follows: [configureNginx],
  tools: ({ environment }) => ({ environment, refuseAbsent: async () => {} }),
  discard: () => null,
  facts: async workshop => factsOf(workshop),
  assumed: factsOf,
  wanted: () => [],
  refuse: async env => {
    if (env.upgrade_options.mode === 'hot') throw hotImpossible(env, ['files have no code that runs'])
  },
  equip: (runtime, { settings }) => ({ ...runtime, buildCommand: settings.build.command }),
}
