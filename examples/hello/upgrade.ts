import type { UpgradeHooks } from 'gatling'

export default {
  before_mix_compile(env, { log }) {
    log(`compiling ${env.project} ${env.version}`)
  },

  async after_copy_release_to_upgrade(env, { bash }) {
    await bash('du', ['-sh', env.upgrade_dir])
  },
} satisfies UpgradeHooks
