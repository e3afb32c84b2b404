// The embedded proxy for the app at the port of a message. Answers with its own port.
import { createEmbeddedProxy } from '../../dist/proxies/embedded.js'

process.once('message', async message => {
  const proxy = createEmbeddedProxy({ sites: [], save: () => {}, forget: () => {} })
  await proxy.configure({ project: 'bench', domains: ['bench.localhost'], own: null, maxBody: '10M' })
  await proxy.route('bench', Number(message))
  process.send?.(await proxy.listen('127.0.0.1', 0))
})
