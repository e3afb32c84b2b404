import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readAudit } from '../../src/access/audit.js'
import { performRun } from '../../src/runs/job.js'
import { values as rules } from '../../src/stacks/phoenix/environment.js'
import { forgetApp, listProjects, writeApp } from '../../src/state/apps.js'
import { newConfig, writeConfig } from '../../src/state/config.js'
import { followEvents } from '../../src/state/events.js'
import { ownerOf } from '../../src/state/owner.js'
import { appPaths } from '../../src/state/paths.js'
import { beginRun, claimRun, createRun, eventsPath } from '../../src/state/runs.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()

describe('a push that waits for an unload', () => {
  it('fails with UNLOADED, and brings nothing of the app back', async () => {
    const home = folder()
    writeApp(home, 'shop', { branch: 'main', live: null })
    writeConfig(home, 'shop', newConfig(rules))
    const defaults = { revision: '', expected: null, branch: 'main', pusher: 'jane', subject: '' }
    const unload = createRun(home, 'shop', { ...defaults, task: 'unload' })
    claimRun(home, 'shop', unload, ownerOf(process.pid))
    beginRun(home, 'shop', unload)
    const push = createRun(home, 'shop', { ...defaults, task: 'push', expected: '' })
    const performed = performRun(home, 'shop', push)
    for await (const event of followEvents(eventsPath(home, 'shop', push), () => false)) {
      if (event.type === 'queued') forgetApp(home, 'shop')
      if (event.type === 'failed')
        expect(event).toMatchObject({ code: 'UNLOADED', serving: 'nothing is deployed, so nothing serves' })
    }
    await performed
    expect(readAudit(home)).toEqual([])
    expect(existsSync(appPaths(home, 'shop').root)).toBe(false)
    expect(listProjects(home)).toEqual([])
    expect.assertions(4)
  })
})
