import { mkdirSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventBody } from '../../src/core/event.js'
import { carryOut } from '../../src/deploy/carry-out.js'
import { listenForControl } from '../../src/runtimes/control.js'
import { commitLive, listReleases, writeApp } from '../../src/state/apps.js'
import { newConfig, writeConfig } from '../../src/state/config.js'
import { ownerOf } from '../../src/state/owner.js'
import { appPaths, homePaths } from '../../src/state/paths.js'
import { beginRun, claimRun, createRun, type Run, readRun } from '../../src/state/runs.js'
import { manifestPath } from '../../src/templates/manifest.js'
import { live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { unusedRuntime } from '../helpers/runtime.js'

const folder = temporaryFolders()

/** A home with an app, and somebody who runs it, of whom only a lease is wanted. */
let home = ''
let server: Server
beforeEach(async () => {
  home = folder()
  writeApp(home, 'shop', { branch: 'main', live: null })
  writeConfig(home, 'shop', newConfig())
  server = await listenForControl({
    listen: homePaths(home).socket,
    services: unusedRuntime.services,
    proxy: unusedRuntime.proxy,
    apps: null,
    only: null,
    beforeLease: async () => {},
    onLeaseLost: () => {},
  })
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

const release = (number: number): void => {
  const path = join(appPaths(home, 'shop').releases, String(number))
  mkdirSync(path, { recursive: true })
  writeFileSync(manifestPath(path), JSON.stringify({ ...manifest, revision: String(number).repeat(40) }))
}
const manifest = { release_name: 'shop', version: '1.0.0', host_name: 'shop.localhost' }

const ask = (wanted: Partial<Parameters<typeof createRun>[2]>): number =>
  createRun(home, 'shop', {
    ...{
      task: 'push',
      revision: 'a'.repeat(40),
      expected: null,
      branch: 'main',
      pusher: 'jane',
      subject: '',
    },
    ...wanted,
  })

/** A run whose process is dead. */
const dead = (number: number): Run => {
  claimRun(home, 'shop', number, { ...ownerOf(process.pid), started: '1' })
  beginRun(home, 'shop', number)
  return readRun(home, 'shop', number)
}

const carriedOut = async (number: number, interrupted: readonly Run[] = []) => {
  const events: EventBody[] = []
  const error = await failureOf(() =>
    carryOut({
      home,
      project: 'shop',
      number,
      request: readRun(home, 'shop', number).request,
      interrupted,
      equip: () => process.env,
      emit: event => events.push(event),
      signal: new AbortController().signal,
      mask: text => text,
    }),
  )
  return { error, events }
}

describe('a rollback', () => {
  it('to what an interrupted deploy left is refused once that is cleaned up', async () => {
    for (const number of [1, 2]) release(number)
    commitLive(home, 'shop', { ...live, release: 1 })
    ask({})
    const interrupted = dead(ask({}))
    const { error } = await carriedOut(ask({ task: 'rollback', release: 2 }), [interrupted])
    expect(error.code).toBe('RELEASE_GONE')
    expect(listReleases(home, 'shop')).toEqual([1])
  })
})
