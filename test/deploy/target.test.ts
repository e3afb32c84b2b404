import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lastGoodBefore, refuseGone } from '../../src/deploy/target.js'
import { appPaths } from '../../src/state/paths.js'
import { manifestPath } from '../../src/templates/manifest.js'
import { live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()

/** A home with these releases on disk, and those that never became whole. */
const homeWith = (whole: readonly number[], half: readonly number[]): string => {
  const home = folder()
  for (const number of [...whole, ...half]) {
    const path = join(appPaths(home, 'shop').releases, String(number))
    mkdirSync(path, { recursive: true })
    if (whole.includes(number)) writeFileSync(manifestPath(path), '{}')
  }
  return home
}

describe('where a rollback can go', () => {
  it.each(['6', '5', '9', 'yesterday'])(
    'is not %s: what serves, what is half made, and what is not there',
    async wanted => {
      const home = homeWith([3, 4, 6], [5])
      const error = await failureOf(() => refuseGone(home, 'shop', wanted, live))
      expect(error).toMatchObject({ code: 'RELEASE_GONE', hint: 'There are: 3, 4.' })
    },
  )

  it('is by itself the last before what serves that is whole', () => {
    expect(lastGoodBefore(homeWith([3, 4, 6, 7], [5]), 'shop', live)).toBe(4)
    expect(lastGoodBefore(homeWith([6, 7], [5]), 'shop', live)).toBeUndefined()
  })
})
