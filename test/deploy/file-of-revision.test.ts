import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { fileOfRevision } from '../../src/deploy/file-of-revision.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'

const newFolder = temporaryFolders()

describe('a file of a revision', () => {
  let repository = ''
  let revision = ''
  beforeEach(() => {
    const folder = newFolder()
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
        encoding: 'utf8',
      }).trim()
    git('init', '--quiet')
    mkdirSync(join(folder, 'deploy/folder'), { recursive: true })
    writeFileSync(join(folder, 'deploy/folder/x'), '')
    writeFileSync(join(folder, 'deploy/names'), 'shop.com\nwww.shop.com\n')
    writeFileSync(join(folder, 'empty'), '')
    symlinkSync('deploy/names', join(folder, 'domains'))
    symlinkSync('nothing', join(folder, 'broken'))
    symlinkSync('/etc/passwd', join(folder, 'outside'))
    git('add', '.')
    git('commit', '--quiet', '-m', 'Links')
    repository = join(folder, '.git')
    revision = git('rev-parse', 'HEAD')
  })

  it('has the text that a checkout would have, through a link, too', async () => {
    expect(await fileOfRevision(repository, revision, 'deploy/names')).toBe('shop.com\nwww.shop.com\n')
    expect(await fileOfRevision(repository, revision, 'domains')).toBe('shop.com\nwww.shop.com\n')
    expect(await fileOfRevision(repository, revision, 'empty')).toBe('')
  })

  it('is null if the revision does not have it', async () => {
    expect(await fileOfRevision(repository, revision, 'gatling.toml')).toBeNull()
  })

  it.each([
    ['a link to nothing', 'broken', 'leads nowhere'],
    ['a link out of the repository', 'outside', 'leads out of the repository'],
    ['a folder', 'deploy/folder', 'is a folder'],
  ])('is refused if it is %s', async (_, path, why) => {
    const error = await failureOf(() => fileOfRevision(repository, revision, path))
    expect(error).toMatchObject({ code: 'REPOSITORY_FILE', message: expect.stringContaining(why) })
  })

  it('is not taken as absent if git cannot read the revision', async () => {
    const lost = 'f'.repeat(40)
    expect((await failureOf(() => fileOfRevision(repository, lost, 'domains'))).code).toBe('COMMAND_FAILED')
    const nowhere = join(repository, 'nowhere')
    expect((await failureOf(() => fileOfRevision(nowhere, revision, 'domains'))).code).toBe('COMMAND_FAILED')
  })
})
