import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import { tidyFailed, tidyReleases } from '../../src/housekeeping/tidy.js'
import { listenAsKeeper } from '../../src/keeper/server.js'
import { commitLive, listReleases, writeApp } from '../../src/state/apps.js'
import { appPaths, homePaths } from '../../src/state/paths.js'
import { writePins } from '../../src/state/releases.js'
import { createRun } from '../../src/state/runs.js'
import { live } from '../helpers/env.js'
import { temporaryFolders } from '../helpers/folder.js'
import { unusedRuntime } from '../helpers/runtime.js'

const newFolder = temporaryFolders()

it('Gatling keeps the releases of the last three failed deploys', () => {
  const home = newFolder()
  const { failed } = appPaths(home, 'shop')
  for (const number of ['7', '8', '9', '10', '11']) mkdirSync(join(failed, number), { recursive: true })
  tidyFailed(home, 'shop')
  expect(readdirSync(failed).sort()).toEqual(['10', '11', '9'])
})

it('Gatling keeps live, booted and pinned releases, and the target of a waiting rollback', async () => {
  const home = newFolder()
  writeApp(home, 'shop', { branch: 'main', live: null })
  for (const number of [1, 2, 3, 4, 5, 6, 7, 8])
    mkdirSync(join(appPaths(home, 'shop').releases, String(number)), { recursive: true })
  commitLive(home, 'shop', { ...live, release: 7 })
  writePins(home, 'shop', [2])
  const usual = { revision: '', expected: null, branch: 'main', pusher: 'jane', subject: '' }
  createRun(home, 'shop', { ...usual, task: 'rollback', release: 3 })
  const { services, proxy } = unusedRuntime
  const booted = { project: 'shop', slot: live.slot, release: 1, processes: { web: onLoopback(live.port) } }
  const server = await listenAsKeeper({
    listen: homePaths(home).socket,
    services: {
      ...services,
      list: async () => [{ ...booted, pid: 1, state: 'running', restarts: 0, outOfMemory: false, since: '' }],
    },
    proxy,
    apps: null,
    only: null,
    beforeLease: async () => {},
    onLeaseLost: () => {},
  })
  await tidyReleases(home, 'shop', { keep: 1, budget: null, left: true })
  server.close()
  expect(listReleases(home, 'shop')).toEqual([1, 2, 3, 7, 8])
})
