import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Compared, keep, kept } from '../../src/stacks/phoenix/engine/comparison.js'
import type { Change } from '../../src/stacks/phoenix/upgrade/engine.js'
import { nothingDiffers } from '../helpers/comparison.js'
import { temporaryFolders } from '../helpers/folder.js'

const newFolder = temporaryFolders()
let work = ''
let change: Change
const compared: Compared = {
  comparison: { ...nothingDiffers, changed: ['Shop.Cart'], apps: ['shop'] },
  changes: '#{changed => []}.\n',
}

beforeEach(() => {
  work = newFolder()
  for (const release of ['1', '2']) mkdirSync(join(work, release))
  change = {
    project: 'shop',
    slot: 'a',
    releaseName: 'shop',
    from: join(work, '2'),
    to: join(work, '1'),
    release: 1,
    revision: 'a'.repeat(40),
    current: join(work, 'current'),
    own: ['shop'],
    direction: 'down',
    dependencies: 'swap',
    refreshViews: true,
  }
  keep(work, 'engine', change, compared)
})

describe('a comparison that was made in advance', () => {
  it('is found by who asks for the same two releases', () => {
    expect(kept(work, 'engine', change)).toMatchObject(compared)
    expect(kept(work, 'engine', { ...change, slot: 'b', revision: '', refreshViews: false })).not.toBeNull()
  })

  it('is of nothing else', () => {
    const others: Partial<Change>[] = [
      { from: change.to, to: change.from },
      { direction: 'up' },
      { own: ['shop', 'web'] },
      { dependencies: 'hot' },
    ]
    for (const other of others) expect(kept(work, 'engine', { ...change, ...other })).toBeNull()
    expect(kept(work, 'another engine', change)).toBeNull()
  })

  it('is not of a release that has been put in the place of one', () => {
    renameSync(change.from, join(work, 'aside'))
    mkdirSync(change.from)
    expect(kept(work, 'engine', change)).toBeNull()
  })

  it('is made anew where it cannot be read', () => {
    writeFileSync(join(work, 'way-back.json'), '{"of": ')
    expect(kept(work, 'engine', change)).toBeNull()
    writeFileSync(join(work, 'way-back.json'), '{"of": 1}')
    expect(kept(work, 'engine', change)).toBeNull()
  })
})
