export default {
  before_configure_nginx(env, { log }) {
    log(`${env.project} goes to ${env.url}`)
  },
}
