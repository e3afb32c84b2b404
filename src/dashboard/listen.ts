import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDashboard, type Dashboard } from './page.js'
import type { Reach } from './reach.js'

export interface Listening {
  /** The address with the token, which admits its reader. */
  readonly url: string
  close(): Promise<void>
}

/** Makes a page the listener of a server of Node.js. The import is only here, because it loads HTTP/2. */
export const listenerOf = async ({ fetch }: Pick<Dashboard, 'fetch'>) => {
  const { getRequestListener } = await import('@hono/node-server')
  return getRequestListener(fetch, { overrideGlobalObjects: false })
}

/** Serves the page to the browsers of this machine, on a free port. */
export const listenForBrowser = async (reach: Reach): Promise<Listening> => {
  const hosts = new Set<string>()
  const dashboard = createDashboard({ reach, answersTo: host => hosts.has(host) })
  const server = createServer(await listenerOf(dashboard))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  for (const name of ['127.0.0.1', 'localhost']) hosts.add(`${name}:${port}`)
  return {
    url: `http://127.0.0.1:${port}/?token=${dashboard.token}`,
    close: () =>
      new Promise(resolve => {
        dashboard.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
