import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { findRepositoryFile, readRepositoryFile } from '../../src/hosts/repository-file.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { must } from '../helpers/world.js'

const folder = temporaryFolders()

describe('a file of a repository', () => {
  let root = ''
  beforeEach(() => {
    root = join(folder(), 'build')
    mkdirSync(join(root, 'config'), { recursive: true })
    writeFileSync(join(root, 'config', 'domains'), 'shop.test\n')
    writeFileSync(join(root, '..', 'build.secret'), 'of somebody else')
  })

  it('is read, even through a link inside the repository', () => {
    symlinkSync('config/domains', join(root, 'domains'))
    expect(readRepositoryFile(join(root, 'config'), 'domains')).toBe('shop.test\n')
    expect(readRepositoryFile(root, 'domains')).toBe('shop.test\n')
    expect(readRepositoryFile(root, 'gatling.toml')).toBeNull()
    expect(readRepositoryFile(join(root, 'none'), 'gatling.toml')).toBeNull()
  })

  it.each([
    ['/dev/zero', 'is a link that leads out of the repository'],
    ['/etc/shadow', 'is a link that leads out of the repository'],
    ['../build.secret', 'is a link that leads out of the repository'],
    ['..', 'is a link that leads out of the repository'],
    ['nowhere', 'is a link that leads nowhere'],
    ['domains', 'is a link that leads nowhere'],
    ['config', 'is a folder'],
  ])('is refused as a link to %s', async (target, problem) => {
    symlinkSync(target, join(root, 'domains'))
    const error = await failureOf(() => readRepositoryFile(root, 'domains'))
    expect(error.code).toBe('REPOSITORY_FILE')
    expect(error.message).toBe(`domains in the repository ${problem}`)
    expect(error.hint).toContain('Commit domains as a plain file')
  })

  it('is refused when it is a folder, a pipe or longer than 1 MB', async () => {
    mkdirSync(join(root, 'domains'))
    await must(['mkfifo', join(root, 'mix.exs')])
    writeFileSync(join(root, 'gatling.toml'), '#'.repeat(1024 * 1024 + 1))
    const messageOf = async (name: string) => (await failureOf(() => findRepositoryFile(root, name))).message
    expect(await messageOf('domains')).toContain('is a folder')
    expect(await messageOf('mix.exs')).toContain('is not a plain file')
    expect(await messageOf('gatling.toml')).toContain('is longer than 1 MB')
  })
})
