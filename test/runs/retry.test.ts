import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { retryOf } from '../../src/runs/retry.js'
import { commitLive, writeApp } from '../../src/state/apps.js'
import { ownerOf } from '../../src/state/owner.js'
import { appPaths } from '../../src/state/paths.js'
import { claimRun, createRun, finishRun, type RunResult } from '../../src/state/runs.js'
import { live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()

let home = ''
beforeEach(() => {
  home = folder()
  writeApp(home, 'shop', { branch: 'main', live: null })
  mkdirSync(appPaths(home, 'shop').releases, { recursive: true })
  commitLive(home, 'shop', live)
})

const ask = (from: string | null): number => {
  const number = createRun(home, 'shop', {
    ...{ task: from === null ? 'push' : 'upgrade', revision: 'a'.repeat(40), expected: null, branch: 'main' },
    ...{ pusher: 'jane', subject: '', from },
  })
  claimRun(home, 'shop', number, ownerOf(process.pid))
  return number
}
const end = (number: number, result: Partial<RunResult>): void => {
  const defaults = { outcome: 'failed', mode: null, step: null, error: null, ms: 1, at: '' } as const
  finishRun(home, 'shop', number, { ...defaults, steps: [], ...result })
}
const steps = (step: string): RunResult['steps'] => [{ step, ms: 1, ok: false }]

/** Makes a push that failed in upgrade_service, after its release was whole. */
const failedPush = (): number => {
  const number = ask(null)
  end(number, { step: 'upgrade_service', steps: steps('upgrade_service') })
  mkdirSync(join(appPaths(home, 'shop').failed, String(number)), { recursive: true })
  return number
}

describe('a retry', () => {
  it('continues with the release that was put aside', () => {
    const release = failedPush()
    expect(retryOf(home, 'shop', undefined)).toMatchObject({ from: 'upgrade_service', release })
  })

  it.each(['failed', 'cancelled', 'skipped'] as const)(
    'continues with it even after a retry that %s before it began',
    outcome => {
      const release = failedPush()
      end(ask('upgrade_service'), { outcome })
      expect(retryOf(home, 'shop', undefined)).toMatchObject({ from: 'upgrade_service', release })
      expect(retryOf(home, 'shop', 'upgrade_service')).toMatchObject({ release })
    },
  )

  it('begins at the first step after an interrupted run', () => {
    failedPush()
    end(ask('upgrade_service'), { outcome: 'interrupted' })
    expect(retryOf(home, 'shop', undefined)).toMatchObject({ from: 'mix_deps_get', release: null })
  })

  it('is refused while a deploy is under way', async () => {
    failedPush()
    ask(null)
    const { code, message } = await failureOf(() => retryOf(home, 'shop', undefined))
    expect({ code, message }).toEqual({
      code: 'UNDER_WAY',
      message: 'deploy 2 of shop runs or waits',
    })
  })
})
