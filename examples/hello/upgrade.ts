import type { UpgradeHooks } from 'gatling-deploy'

export default {
  before_mix_compile(env, { log }) {
    log(`compiling ${env.project} ${env.version}`)
  },

  async after_copy_release_to_upgrade(env, { bash }) {
    await bash('du', ['-sh', env.upgrade_dir])
  },

  /** Reports the end of each deploy to a chat: `gatling config set hello CHAT_WEBHOOK=https://...` */
  async finally(env) {
    const { CHAT_WEBHOOK } = process.env
    if (!CHAT_WEBHOOK) return
    const text = env.error
      ? `${env.project}: ${env.pusher}'s push of "${env.subject}" failed in ${env.error.step}: ${env.error.message}`
      : `${env.project}: "${env.subject}" by ${env.pusher} is live (${env.mode})`
    const headers = { 'content-type': 'application/json' }
    await fetch(CHAT_WEBHOOK, { method: 'POST', headers, body: JSON.stringify({ text }) })
  },
} satisfies UpgradeHooks
