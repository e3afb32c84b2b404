import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { EventBody } from '../../src/core/event.js'
import { listenAsKeeper } from '../../src/keeper/server.js'
import { holdApp } from '../../src/runs/hold.js'
import { homePaths } from '../../src/state/paths.js'
import { unusedRuntime } from '../helpers/runtime.js'
import { until } from '../helpers/world.js'

let home: string
let keeper: Awaited<ReturnType<typeof listenAsKeeper>>
/** Makes the keeper report that the old version has stopped. */
let stop: () => void
/** How often the keeper has noticed that the lease ended. */
let noticed: { times: number }
let said: EventBody[]
let cancel: AbortController

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'gatling-hold-'))
  said = []
  cancel = new AbortController()
  const stopped = new Promise<void>(resolve => {
    stop = resolve
  })
  const counted = { times: 0 }
  noticed = counted
  keeper = await listenAsKeeper({
    listen: homePaths(home).socket,
    services: unusedRuntime.services,
    proxy: unusedRuntime.proxy,
    apps: null,
    only: null,
    beforeLease: () => stopped,
    onLeaseLost: () => {
      counted.times++
    },
  })
})
afterEach(async () => {
  keeper.closeAllConnections()
  await new Promise(resolve => keeper.close(resolve))
  rmSync(home, { recursive: true, force: true })
})

const hold = () => holdApp(home, 'shop', 7, event => said.push(event), cancel.signal)

it('holds an app silently if its old version has stopped', async () => {
  stop()
  const release = await hold()
  expect(said).toEqual([])
  release()
  await until(() => noticed.times === 1, 'the keeper to notice')
})

it('waits for the old version, and reports that', async () => {
  const held = hold()
  await until(() => said.length > 0, 'a word about it')
  expect(said).toMatchObject([{ type: 'note', text: expect.stringContaining('old version still finishes') }])
  stop()
  const release = await held
  release()
})

it('stops waiting when cancelled, and does not hold the app later', async () => {
  const held = hold()
  const reason = new Error('cancelled by jane')
  cancel.abort(reason)
  await expect(held).rejects.toBe(reason)
  stop()
  await until(() => noticed.times === 1, 'the end of the lease')
})
