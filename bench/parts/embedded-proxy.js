// Runs the embedded proxy for the app at the port in a message. Answers with its own port.
import { onLoopback } from '../../dist/core/endpoint.js'
import { createEmbeddedProxy } from '../../dist/proxies/embedded.js'

process.once('message', async message => {
  const proxy = await createEmbeddedProxy({
    sites: [],
    save: () => {},
    forget: () => {},
    filesOf: () => '/nowhere',
  })
  await proxy.configure({
    project: 'bench',
    domains: ['bench.localhost'],
    own: null,
    maxBody: '10M',
    files: false,
  })
  await proxy.route('bench', onLoopback(Number(message)))
  process.send?.(await proxy.listen('127.0.0.1', 0))
})
