import { mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { known } from '../../src/core/errors.js'
import { readPlain, sweepHalfWritten, writeWhole } from '../../src/hosts/files.js'
import { temporaryFolders } from '../helpers/folder.js'
import { must } from '../helpers/world.js'

const folder = temporaryFolders()

describe('a file that another user could have replaced', () => {
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

  it('is read at its path', () => {
    const path = join(root, 'mine', 'state.json')
    expect(readPlain(path, path)).toBe('mine')
    expect(readPlain(join(root, 'mine', 'none.json'))).toBeNull()
  })

  it('is not read through a link in its path', () => {
    expect(() => readPlain(join(root, 'mine', 'link.json'))).toThrow()
    const path = join(root, 'mine', 'runs', 'state.json')
    expect(() => readPlain(path, path)).toThrow('leads elsewhere')
    expect(readPlain(path)).toBe('other')
  })
})

it('a half-written file is removed only when its writer is dead', () => {
  const root = folder()
  const ours = `state.json.${process.pid}.new`
  for (const name of ['state.json', ours, 'state.json.4999999.new']) writeFileSync(join(root, name), '')
  sweepHalfWritten(root)
  expect(readdirSync(root).sort()).toEqual(['state.json', ours])
})

describe('a file on a full or read-only disk', () => {
  const failureOfWrite = (path: string): unknown => {
    try {
      writeWhole(path, '#'.repeat(100_000))
    } catch (error) {
      const { code, message } = known(error)
      return { code, message }
    }
    return null
  }

  it('is named in the error, and leaves nothing half written', async () => {
    const disk = join(folder(), 'disk')
    const path = join(disk, 'shop.json')
    mkdirSync(disk)
    await must(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
    try {
      expect(failureOfWrite(path)).toEqual({
        code: 'DISK_FULL',
        message: `no space left on the disk: Gatling cannot write ${path}`,
      })
      expect(readdirSync(disk)).toEqual([])
      await must(['mount', '-o', 'remount,ro', disk])
      expect(failureOfWrite(path)).toEqual({
        code: 'DISK_READ_ONLY',
        message: `cannot write ${path}, because its disk is read-only`,
      })
    } finally {
      await must(['umount', '-l', disk])
    }
  })
})
