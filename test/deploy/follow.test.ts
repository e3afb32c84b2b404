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

/** An unload of which this process is the one that carries it out. */
const underWay = () => {
  const home = folder()
  const number = createRun(home, 'shop', unload)
  noteSpawned(home, 'shop', number, process.pid)
  const log = openEventLog(eventsPath(home, 'shop', number), text => text)
  log.write({ type: 'note', text: 'removing' })
  const run = join(appPaths(home, 'shop').runs, String(number))
  return { home, number, run, log }
}

/** What a follower hears of a run that something is removed of after its first words, and that has its last words then. */
const heard = async ({ home, number, log }: ReturnType<typeof underWay>, remove: () => void) => {
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
  it('hears its last words when all of the run is gone', async () => {
    const world = underWay()
    claimRun(world.home, 'shop', world.number, ownerOf(process.pid))
    const root = appPaths(world.home, 'shop').root
    expect(await heard(world, () => rmSync(root, { recursive: true }))).toEqual(['note', 'end'])
  })

  it.each(['claim.json', 'spawned.json', 'request.json'])('hears them when %s is gone first', async name => {
    const world = underWay()
    claimRun(world.home, 'shop', world.number, ownerOf(process.pid))
    expect(await heard(world, () => rmSync(join(world.run, name)))).toEqual(['note', 'end'])
  })

  it('hears them when it looked before the run was claimed, and not again until it was gone', async () => {
    const world = underWay()
    const root = appPaths(world.home, 'shop').root
    expect(await heard(world, () => rmSync(root, { recursive: true }))).toEqual(['note', 'end'])
  })
})
