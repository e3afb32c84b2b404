import { once } from 'node:events'
import { readdirSync, realpathSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import type { ServiceManager } from '../../src/core/service-manager.js'
import { localHost } from '../../src/hosts/local.js'
import { erlangEngine } from '../../src/stacks/phoenix/engine/erlang.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { engines } from '../helpers/live-app.js'
import { must } from '../helpers/world.js'

const folder = temporaryFolders()

/** Returns the folder of Erlang's own programs. */
const binDir = async (): Promise<string> => {
  const erl = (await must(['sh', '-c', 'command -v erl'])).trim()
  const root = join(dirname(realpathSync(erl)), '..')
  const erts = readdirSync(root).find(name => name.startsWith('erts-'))
  return join(root, erts ?? '', 'bin')
}

/** Starts a server that is like a stopped node: the kernel accepts connections, and nobody answers them. */
const startSilentNode = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

it('Gatling gives up on a node that does not answer, with a remedy', async () => {
  const { server, address } = await startSilentNode()
  const work = folder()
  const environment = {
    GATLING_NODE: address,
    GATLING_COOKIE: 'biscuit',
    RELEASE_DISTRIBUTION: 'name',
    BINDIR: await binDir(),
  }
  const engine = erlangEngine({
    host: localHost({ environment: process.env, emit: () => {}, signal: new AbortController().signal }),
    services: { environment: async () => environment } as unknown as ServiceManager,
    engines,
    work,
    comparisons: { folder: join(work, 'comparisons'), room: 1 },
    owner: { pid: process.pid, started: '1' },
    patience: 200,
  })
  const change = { project: 'shop', slot: 'a', from: work } as Parameters<typeof engine.watch>[0]
  const error = await failureOf(() => engine.watch(change))
  expect(error.code).toBe('NODE_SILENT')
  expect(error.message).toContain('the Erlang node of shop did not answer Gatling within 0.2 s')
  expect(error.hint).toContain('`gatling redeploy shop --mode swap`')
  // A query that no decision depends on returns nothing.
  expect(await engine.processes(change)).toBe(null)
  expect((await failureOf(() => engine.figures(change))).code).toBe('NODE_SILENT')
  expect(await engine.check(change)).toEqual({ failed: error.message })
  expect(await engine.revert(change)).toEqual([{ code: 'unreachable', what: error.message, detail: '' }])
  server.close()
}, 20_000)
