import { expect, it } from 'vitest'
import { slotUnit } from '../../src/templates/systemd.js'

it.each([
  [0, '1s'],
  [1, '1s'],
  [45_000, '45s'],
])('an app that has %i ms to stop is ended after %s, and not never', (drainMs, time) => {
  const limits = { memory: null, cpu: null, tasks: 64 }
  const facts = { project: 'shop', ports: [], user: 'u', root: '/r', environment: '/e', gatling: 'g' }
  expect(slotUnit({ ...facts, drainMs, limits })).toContain(`\nTimeoutStopSec=${time}\n`)
})
