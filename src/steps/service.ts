import { step } from '../core/step.js'
import { startHealthy, watch } from '../upgrade/start.js'
import { letOldGo, swapBack, swapIn } from '../upgrade/swap.js'

export const installInitScript = step({
  name: 'install_init_script',
  about: 'Makes the app known to the service manager, which starts it at boot.',
  run: (env, { services }) => services.install(env.project, env.script_template),
  undo: (env, { services }) => services.uninstall(env.project),
})

export const startService = step({
  name: 'start_service',
  about: 'Starts the app, waits until it is healthy, and watches it for a while.',
  run: async (env, runtime) => {
    await startHealthy(env, runtime)
    await watch(env, runtime)
  },
  undo: (env, { services }) => services.stop(env.project, env.slot, env.timing.drain_timeout),
  settle: (env, { services }) => services.enable(env.project, env.slot),
})

export const upgradeService = step({
  name: 'upgrade_service',
  about: 'Takes the running app to the new release without downtime.',
  run: swapIn,
  undo: swapBack,
  settle: letOldGo,
})
