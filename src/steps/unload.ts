import { remove } from '../commands/files.js'
import { step } from '../core/step.js'
import { unconfigureNginx } from './proxy.js'

const stopService = step({
  name: 'stop_service',
  about: 'Stops the app.',
  run: async (env, { services }) => {
    for (const { slot } of await services.list(env.project)) {
      await services.stop(env.project, slot, env.timing.drain_timeout)
    }
  },
})

const removeInitScript = step({
  name: 'remove_init_script',
  about: 'Makes the service manager forget the app.',
  run: (env, { services }) => services.uninstall(env.project),
})

const removeDeployDir = step({
  name: 'remove_deploy_dir',
  about: 'Removes every release of the app.',
  run: async (env, { host, withdrawn }) => {
    withdrawn(env.project)
    await host.run(remove(env.deploy_dir))
  },
})

const removeBuildDir = step({
  name: 'remove_build_dir',
  about: 'Removes the checkout, with its deps and _build.',
  run: async (env, { host }) => {
    await host.run(remove(env.build_dir))
  },
})

const finishUnload = step({
  name: 'finish_unload',
  about: 'Removes the repository, the config values and the history.',
  run: async (env, { leaves, note }) => {
    const left = leaves?.(env) ?? null
    if (left !== null) note(left)
  },
  settle: (env, { forget }) => forget(env.project),
})

/** The steps that remove an app of any kind from the machine. */
export const unloadSteps = [
  stopService,
  removeInitScript,
  unconfigureNginx,
  removeDeployDir,
  removeBuildDir,
  finishUnload,
] as const
