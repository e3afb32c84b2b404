import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { sameModules } from '../../../src/stacks/phoenix/engine/same-files.js'
import { temporaryFolders } from '../../helpers/folder.js'

const newFolder = temporaryFolders()
let old = ''
let next = ''

const write = (release: string, files: Record<string, string>): void => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(release, path)), { recursive: true })
    writeFileSync(join(release, path), text)
  }
}

const both = { 'lib/shop-1.0.0/ebin/cart.beam': 'cart', 'releases/1.0.0/consolidated/enum.beam': 'enum' }

beforeEach(() => {
  const folder = newFolder()
  old = join(folder, 'old')
  next = join(folder, 'next')
  for (const release of [old, next]) write(release, { ...both, 'releases/COOKIE': 'a file among folders' })
})

describe('the modules that are the same in two releases', () => {
  it('include those of all applications, and the protocols', () => {
    expect(sameModules(old, next).sort()).toEqual(Object.keys(both))
  })

  it.each([
    ['of one more byte', 'carts'],
    ['of as many bytes', 'cars'],
  ])('do not include those with other content %s', (_, text) => {
    write(next, { 'lib/shop-1.0.0/ebin/cart.beam': text })
    expect(sameModules(old, next)).toEqual(['releases/1.0.0/consolidated/enum.beam'])
  })

  it('do not include added, removed or moved files, or files of other kinds', () => {
    write(old, { 'lib/shop-1.0.0/ebin/gone.beam': 'gone', 'lib/tax-1.0.0/ebin/tax.beam': 'tax' })
    write(next, { 'lib/shop-1.0.0/ebin/new.beam': 'new', 'lib/tax-1.0.1/ebin/tax.beam': 'tax' })
    for (const release of [old, next]) write(release, { 'lib/shop-1.0.0/ebin/shop.app': 'app' })
    expect(sameModules(old, next).sort()).toEqual(Object.keys(both))
  })

  it('include none that cannot be read', () => {
    rmSync(join(old, 'lib/shop-1.0.0/ebin/cart.beam'))
    symlinkSync('cart.beam', join(old, 'lib/shop-1.0.0/ebin/cart.beam'))
    expect(sameModules(old, next)).toEqual(['releases/1.0.0/consolidated/enum.beam'])
    for (const release of [old, next]) {
      rmSync(join(release, 'lib/shop-1.0.0/ebin/cart.beam'))
      symlinkSync('/dev/zero', join(release, 'lib/shop-1.0.0/ebin/cart.beam'))
    }
    expect(sameModules(old, next)).toEqual(['releases/1.0.0/consolidated/enum.beam'])
    rmSync(old, { recursive: true })
    expect(sameModules(old, next)).toEqual([])
  })
})
