import { step } from '../core/step.js'
import { install } from '../upgrade/install.js'

export const installInitScript = step({
  name: 'install_init_script',
  about: 'Makes the app known to the service manager, which starts it at boot.',
  run: install,
  undo: (env, { services }) => services.uninstall(env.project),
})
