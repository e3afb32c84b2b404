import { describe, expect, it } from 'vitest'
import type { AskedTask } from '../../src/core/env.js'
import { type Recovery, recoveryOf } from '../../src/core/recovery.js'

describe('an interrupted run', () => {
  it.each<[AskedTask, number | null, number, Recovery]>([
    ['upgrade', null, 6, { outcome: 'interrupted', remove: 7 }],
    ['upgrade', null, 7, { outcome: 'ok', remove: null }],
    ['deploy', null, 7, { outcome: 'ok', remove: null }],
    ['rollback', 5, 6, { outcome: 'interrupted', remove: null }],
    ['rollback', 5, 5, { outcome: 'ok', remove: null }],
    // A retry goes on with the release of an earlier deploy.
    ['push', 5, 6, { outcome: 'interrupted', remove: 5 }],
    ['push', 5, 5, { outcome: 'ok', remove: null }],
    ['plan', null, 6, { outcome: 'interrupted', remove: 7 }],
    // A plan and an unload never make their release live, whatever the state says.
    ['plan', null, 7, { outcome: 'interrupted', remove: null }],
    ['unload', null, 7, { outcome: 'interrupted', remove: null }],
  ])('7, a %s to release %s, is judged by the live release %s', (task, release, live, recovery) => {
    expect(recoveryOf({ number: 7, task, release }, live)).toEqual(recovery)
  })
})
