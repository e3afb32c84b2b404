import { mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Compared, type Comparisons, keep, kept } from '../../../src/stacks/phoenix/engine/comparison.js'
import type { Change } from '../../../src/stacks/phoenix/upgrade/engine.js'
import { nothingDiffers } from '../../helpers/comparison.js'
import { temporaryFolders } from '../../helpers/folder.js'

const newFolder = temporaryFolders()
let work = ''
let comparisons: Comparisons
let change: Change
const compared: Compared = {
  comparison: { ...nothingDiffers, changed: ['Shop.Cart'], apps: ['shop'] },
  changes: '#{changed => []}.\n',
}

beforeEach(() => {
  work = newFolder()
  comparisons = { folder: join(work, 'comparisons'), room: 2 }
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
  keep(comparisons, 'engine', change, compared)
})

describe('a comparison made in advance', () => {
  it('is found for the same two releases', () => {
    expect(kept(comparisons, 'engine', change)).toMatchObject(compared)
    expect(
      kept(comparisons, 'engine', { ...change, slot: 'b', revision: '', refreshViews: false }),
    ).not.toBeNull()
  })

  it('is not found for any other change', () => {
    const others: Partial<Change>[] = [
      { from: change.to, to: change.from },
      { direction: 'up' },
      { own: ['shop', 'web'] },
      { dependencies: 'hot' },
    ]
    for (const other of others) expect(kept(comparisons, 'engine', { ...change, ...other })).toBeNull()
    expect(kept(comparisons, 'another engine', change)).toBeNull()
  })

  it('is not found after a release was replaced', () => {
    renameSync(change.from, join(work, 'aside'))
    mkdirSync(change.from)
    expect(kept(comparisons, 'engine', change)).toBeNull()
  })

  it('is not found if it cannot be read', () => {
    const [name = ''] = readdirSync(comparisons.folder)
    for (const text of ['{"of": ', '{"of": 1}']) {
      writeFileSync(join(comparisons.folder, name), text)
      expect(kept(comparisons, 'engine', change)).toBeNull()
    }
  })

  it('is removed for newer ones', () => {
    const [oldest = ''] = readdirSync(comparisons.folder)
    utimesSync(join(comparisons.folder, oldest), 1, 1)
    keep(comparisons, 'engine', { ...change, direction: 'up' }, compared)
    expect(kept(comparisons, 'engine', change)).not.toBeNull()
    keep(comparisons, 'engine', { ...change, dependencies: 'hot' }, compared)
    expect(kept(comparisons, 'engine', change)).toBeNull()
    expect(kept(comparisons, 'engine', { ...change, direction: 'up' })).not.toBeNull()
  })
})
