import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/core/event.js'
import { followRun } from '../../src/runs/start.js'
import { openEventLog } from '../../src/state/events.js'
import { ownerOf } from '../../src/state/owner.js'
import { appPaths } from '../../src/state/paths.js'
import { claimRun, createRun, eventsPath, noteSpawned } from '../../src/state/runs.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()

const unload = {
  task: 'unload',
  revision: '',
  expected: null,
  branch: 'main',
  pusher: 'jane',
  subject: '',
} as const

/** Makes an unload that this process carries out. */
const underWay = () => {
  const home = folder()
  const number = createRun(home, 'shop', unload)
  noteSpawned(home, 'shop', number, process.pid)
  const log = openEventLog(eventsPath(home, 'shop', number), text => text)
  log.write({ type: 'note', text: 'removing' })
  const run = join(appPaths(home, 'shop').runs, String(number))
  return { home, number, run, log }
}

/** Follows a run. After the first event `remove` deletes a part of it, then the run ends. @returns the kinds of events. */
const followed = async ({ home, number, log }: ReturnType<typeof underWay>, remove: () => void) => {
  const events: Event[] = []
  for await (const event of followRun(home, 'shop', number)) {
    events.push(event)
    if (event.type !== 'note') continue
    remove()
    setTimeout(() => log.write({ type: 'end', outcome: 'ok', ms: 5 }), 300)
  }
  log.close()
  return events.map(({ type }) => type)
}

describe('following an unload, which removes its own run', () => {
  it('gets the last event when the whole run is gone', async () => {
    const world = underWay()
    claimRun(world.home, 'shop', world.number, ownerOf(process.pid))
    const root = appPaths(world.home, 'shop').root
    expect(await followed(world, () => rmSync(root, { recursive: true }))).toEqual(['note', 'end'])
  })

  it.each(['claim.json', 'spawned.json', 'request.json'])(
    'gets the last event when %s is gone first',
    async name => {
      const world = underWay()
      claimRun(world.home, 'shop', world.number, ownerOf(process.pid))
      expect(await followed(world, () => rmSync(join(world.run, name)))).toEqual(['note', 'end'])
    },
  )

  it('gets the last event of a run that vanishes before its claim was seen', async () => {
    const world = underWay()
    const root = appPaths(world.home, 'shop').root
    expect(await followed(world, () => rmSync(root, { recursive: true }))).toEqual(['note', 'end'])
  })
})
