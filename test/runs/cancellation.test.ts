import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { endedWith } from '../../src/core/ending.js'
import { commandFailed } from '../../src/core/errors.js'
import type { EventBody } from '../../src/core/event.js'
import { noHooks } from '../../src/core/hook.js'
import { runPipeline } from '../../src/core/pipeline.js'
import type { Step } from '../../src/core/step.js'
import { cancelled } from '../../src/deploy/errors.js'
import { localHost } from '../../src/hosts/local.js'
import { cancellation } from '../../src/runs/cancellation.js'
import { env } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { unusedRuntime } from '../helpers/runtime.js'

const folder = temporaryFolders()

describe('a cancel', () => {
  it('stops a run', () => {
    const { signal, hear, cancel } = cancellation(() => cancelled('jane', 'push', 'shop'))
    hear({ type: 'step-start', step: 'mix_compile' })
    cancel()
    expect(signal.reason).toMatchObject({ code: 'CANCELLED' })
  })

  it('changes nothing when the new version is live', () => {
    const { signal, hear, cancel } = cancellation(() => cancelled('jane', 'push', 'shop'))
    hear({ type: 'live', release: 7, mode: 'swap', url: '' })
    cancel()
    expect(signal.aborted).toBe(false)
  })

  it('kills no undo command of a deploy that failed by itself', async () => {
    const file = join(folder(), 'undone')
    const { signal, hear, cancel } = cancellation(() => cancelled('jane', 'push', 'shop'))
    const emit = (event: EventBody): void => {
      hear(event)
      if (event.type === 'command') setTimeout(cancel, 100)
    }
    const host = localHost({ environment: process.env, emit, signal })
    const failing: Step = {
      name: 'upgrade_service',
      about: 'A step.',
      run: () => Promise.reject(commandFailed('mix', endedWith(1), [])),
      undo: async () => void (await host.run({ argv: ['sh', '-c', `sleep 0.3; : > ${file}`] })),
    }
    const run = { env, hooks: noHooks, runtime: { ...unusedRuntime, host }, emit, signal, from: null }
    const error = await failureOf(() => runPipeline([failing], { ...run, mask: text => text }, () => {}))
    expect(error.code).toBe('COMMAND_FAILED')
    expect(existsSync(file)).toBe(true)
  })
})
