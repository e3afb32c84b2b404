import type { DeployHooks } from 'gatling-deploy'

export default {
  before_start_service(env, { log }) {
    log(`starting ${env.project} ${env.version} on port ${env.available_port}`)
  },

  async after_mix_release(env, { bash }) {
    await bash('du', ['-sh', '_build/prod/rel'], { cd: env.build_dir })
  },
} satisfies DeployHooks
