import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReverseProxy } from '../../src/core/proxy.js'
import type { ServiceManager } from '../../src/core/service-manager.js'
import { keeperClient } from '../../src/keeper/client.js'
import { listenAsKeeper } from '../../src/keeper/server.js'
import { notServing } from '../../src/runtimes/errors.js'

/** Serves these over a unix socket, as a deploy reaches them. */
export const overControl = async (services: ServiceManager, proxy: ReverseProxy) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-control-'))
  const socket = join(folder, 'serve.sock')
  const lost: string[] = []
  const server = await listenAsKeeper({
    listen: socket,
    services,
    proxy,
    apps: null,
    only: null,
    beforeLease: async () => {},
    onLeaseLost: name => lost.push(name),
  })
  return {
    ...keeperClient(socket, () => notServing(folder)),
    socket,
    /** The projects whose lease was released. */
    lost,
    close: async (): Promise<void> => {
      await new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
