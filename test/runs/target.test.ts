import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AskedTask } from '../../src/core/env.js'
import { backFrom, refuseGone } from '../../src/runs/target.js'
import { appPaths } from '../../src/state/paths.js'
import { createRun, finishRun } from '../../src/state/runs.js'
import { manifestPath } from '../../src/templates/manifest.js'
import { live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()

const seal = (path: string, number: number): void => {
  const manifest = { release_name: 'shop', version: '1.0.0', host_name: 'shop.localhost' }
  writeFileSync(manifestPath(path), JSON.stringify({ ...manifest, revision: String(number).repeat(40) }))
}

/** Makes a home with these whole releases and these unfinished ones on disk. */
const homeWith = (whole: readonly number[], half: readonly number[]): string => {
  const home = folder()
  for (const number of [...whole, ...half]) {
    const path = join(appPaths(home, 'shop').releases, String(number))
    mkdirSync(path, { recursive: true })
    if (whole.includes(number)) seal(path, number)
  }
  return home
}

describe('the target of a rollback', () => {
  it.each(['6', '5', '9', 'yesterday'])(
    'cannot be %s, which is live, unfinished or missing',
    async wanted => {
      const home = homeWith([3, 4, 6], [5])
      const error = await failureOf(() => refuseGone(home, 'shop', wanted, live))
      expect(error).toMatchObject({ code: 'RELEASE_GONE', hint: 'Choose one of the releases on disk: 3, 4.' })
    },
  )

  it('is by default the last whole release before the live one', async () => {
    const revision = '4'.repeat(40)
    expect(backFrom(homeWith([3, 4, 6, 7], [5]), 'shop', live)).toEqual({ release: 4, revision })
    const nothing = await failureOf(() => backFrom(homeWith([6, 7], [5]), 'shop', live))
    expect(nothing.code).toBe('NO_RELEASE_BEFORE')
  })

  it('is by default not a release that was rolled back', async () => {
    const home = homeWith([], [])
    const asked = {
      expected: null,
      branch: null,
      pusher: 'jane',
      subject: '',
      revision: 'a'.repeat(40),
    } as const
    const ended = { outcome: 'ok', mode: 'hot', step: null, error: null, ms: 1, at: '' } as const
    const works = (task: AskedTask, release: number | null = null): void => {
      const number = createRun(home, 'shop', { ...asked, task, release })
      finishRun(home, 'shop', number, { ...ended, steps: [{ step: 'x', ms: 1, ok: true }] })
    }
    for (const _ of [1, 2]) works('push')
    works('rollback', 1)
    works('push')
    for (const number of [1, 2, 4]) {
      const path = join(appPaths(home, 'shop').releases, String(number))
      mkdirSync(path, { recursive: true })
      seal(path, number)
    }
    expect(backFrom(home, 'shop', { ...live, release: 4 }).release).toBe(1)
  })
})
