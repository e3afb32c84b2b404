import { beforeEach, expect, it } from 'vitest'
import { GatlingError } from '../../src/core/error.js'
import type { EventBody } from '../../src/core/event.js'
import { markIfBad } from '../../src/deploy/bad.js'
import { writeApp } from '../../src/state/apps.js'
import { readBad } from '../../src/state/bad.js'
import { createRun, readRun } from '../../src/state/runs.js'
import { live } from '../helpers/env.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()
let home = ''
beforeEach(() => {
  home = folder()
  writeApp(home, 'shop', {
    branch: 'main',
    live: { ...live, domains: [...live.domains], revision: 'a'.repeat(40) },
  })
})

/** Returns the events when the watch fails the deploy of a revision. */
const eventsOf = (revision: string): EventBody[] => {
  const number = createRun(home, 'shop', {
    ...{ task: 'push', revision, expected: null, branch: 'main', pusher: 'jane', subject: '' },
  })
  const events: EventBody[] = []
  const { request } = readRun(home, 'shop', number)
  const slow = new GatlingError('ANSWERS_SLOWED', { message: 'slow', hint: 'wait' })
  const assignment = { home, project: 'shop', request, mask: (text: string) => text }
  markIfBad({ ...assignment, emit: event => events.push(event) }, 2, 'values', slow)
  return events
}

it('Gatling marks a revision that the watch found bad', () => {
  expect(eventsOf('b'.repeat(40))).toMatchObject([{ type: 'warning' }])
  expect(readBad(home, 'shop', 'b'.repeat(40))).toMatchObject({ code: 'ANSWERS_SLOWED', release: 2 })
})

it('Gatling does not mark the live revision, which can be deployed with new values', () => {
  expect(eventsOf('a'.repeat(40))).toEqual([])
  expect(readBad(home, 'shop', 'a'.repeat(40))).toBeNull()
})
