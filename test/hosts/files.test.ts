import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { readPlain } from '../../src/hosts/files.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()

describe('a file that somebody else could have put there', () => {
  let root = ''
  beforeEach(() => {
    root = realpathSync(folder())
    for (const app of ['mine', 'other']) {
      mkdirSync(join(root, app))
      writeFileSync(join(root, app, 'state.json'), app)
    }
    symlinkSync('../other', join(root, 'mine', 'runs'))
    symlinkSync('../other/state.json', join(root, 'mine', 'link.json'))
  })

  it('is read where it is', () => {
    const path = join(root, 'mine', 'state.json')
    expect(readPlain(path, path)).toBe('mine')
    expect(readPlain(join(root, 'mine', 'none.json'))).toBeNull()
  })

  it('is not read through a link in its place, nor through one on the way', () => {
    expect(() => readPlain(join(root, 'mine', 'link.json'))).toThrow()
    const path = join(root, 'mine', 'runs', 'state.json')
    expect(() => readPlain(path, path)).toThrow('leads elsewhere')
    expect(readPlain(path)).toBe('other')
  })
})
