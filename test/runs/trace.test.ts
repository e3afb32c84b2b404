import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/core/host.js'
import { traceOf } from '../../src/runs/trace.js'
import { rollBackMigrations, runMigrations } from '../../src/stacks/phoenix/commands/schema.js'
import { openEventLog } from '../../src/state/events.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()

/** Traces the events of a run that lists a migration, then runs this command. */
const traced = (command: Command | null) => {
  const path = join(folder(), 'events.jsonl')
  const log = openEventLog(path, text => text)
  log.write({ type: 'step-start', step: 'mix_compile' })
  log.write({ type: 'step-start', step: 'mix_ecto_migrate' })
  log.write({ type: 'note', text: 'pending: 1 one' })
  const { argv = [], changes } = command ?? {}
  if (command) log.write({ type: 'command', text: argv.join(' '), ...(changes ? { changes } : {}) })
  log.close()
  return traceOf(path)
}
const speaker = { releaseDir: '/srv/7', releaseName: 'shop', apps: ['shop'], env: {} }

describe('the trace of a run', () => {
  it('has its last step, and no migration if it only lists pending ones', () => {
    expect(traced(null)).toEqual({ step: 'mix_ecto_migrate', migrates: false })
  })

  it.each([
    ['running', runMigrations(speaker, 1_000)],
    ['rolling back', rollBackMigrations(speaker, [{ repo: 'Shop.Repo', version: '1' }], 1_000)],
  ])('has a migration after %s migrations', (_, command) => {
    expect(traced(command).migrates).toBe(true)
  })
})
