import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { initBare, lfsPointers, lfsPointersBelow } from '../../src/commands/git.js'
import { known } from '../../src/core/errors.js'
import type { EventBody } from '../../src/core/event.js'
import { checkOut } from '../../src/deploy/check-out.js'
import { runCommand } from '../../src/hosts/capture.js'
import { localHost } from '../../src/hosts/local.js'
import { appPaths } from '../../src/state/paths.js'
import { temporaryFolders } from '../helpers/folder.js'
import { must } from '../helpers/world.js'

const folder = temporaryFolders()
let root = ''
let home = ''
let events: EventBody[] = []
beforeEach(async () => {
  root = folder()
  home = join(root, 'home')
  events = []
  await runCommand(initBare(appPaths(home, 'shop').repository))
})

/** The submodules are folders, which git fetches only with this setting. */
const env = {
  ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.file.allow', GIT_CONFIG_VALUE_0: 'always' },
  ...{ GIT_AUTHOR_NAME: 'Jane', GIT_AUTHOR_EMAIL: 'jane@example.com' },
  ...{ GIT_COMMITTER_NAME: 'Jane', GIT_COMMITTER_EMAIL: 'jane@example.com' },
}
const git = (name: string, ...args: string[]): Promise<string> =>
  must(['git', '-C', join(root, name), ...args], { env })

const commit = async (name: string, files: Record<string, string>): Promise<string> => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name, path)), { recursive: true })
    writeFileSync(join(root, name, path), text)
  }
  if (!existsSync(join(root, name, '.git'))) await git(name, 'init', '-q', '-b', 'main')
  await git(name, 'add', '-A')
  await git(name, 'commit', '-q', '-m', 'A change')
  return (await git(name, 'rev-parse', 'HEAD')).trim()
}

/** Fetches and checks out a revision, as a push and its deploy do. */
const deploy = async (revision: string): Promise<void> => {
  const { repository } = appPaths(home, 'shop')
  await must(['git', '--git-dir', repository, 'fetch', '-q', join(root, 'shop'), revision], { env })
  await check(revision)
}
const check = async (revision: string): Promise<void> => {
  const host = localHost({
    environment: { ...process.env, ...env },
    emit: event => events.push(event),
    signal: new AbortController().signal,
  })
  await checkOut(home, 'shop', revision, host, event => events.push(event))
}
const checkedOut = (path: string): string => readFileSync(join(appPaths(home, 'shop').build, path), 'utf8')

describe('the checkout', () => {
  it('is the given commit, even beside a branch and a tag of the same name', async () => {
    const home = folder()
    const { repository, build } = appPaths(home, 'shop')
    mkdirSync(repository, { recursive: true })
    const git = async (argv: readonly string[], input = ''): Promise<string> => {
      const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
      return (await must(['git', '--git-dir', repository, ...author, ...argv], { input })).trim()
    }
    await git(['init', '-q', '--bare'])
    const commit = async (text: string): Promise<string> => {
      const blob = await git(['hash-object', '-w', '--stdin'], text)
      const tree = await git(['mktree'], `100644 blob ${blob}\tfile\n`)
      return git(['commit-tree', '-m', text, tree])
    }
    const [other, ...wanted] = [await commit('other'), await commit('first'), await commit('second')]
    const host = localHost({ environment: process.env, emit: () => {}, signal: new AbortController().signal })
    for (const revision of wanted) {
      for (const kind of ['heads', 'tags']) await git(['update-ref', `refs/${kind}/${revision}`, other])
      // The first round makes the checkout, the second changes it.
      await checkOut(home, 'shop', revision, host, () => {})
      expect(readFileSync(join(build, 'file'), 'utf8')).toBe(revision === wanted[0] ? 'first' : 'second')
    }
  })

  it('follows submodules that have moved, even nested ones', async () => {
    await commit('inner', { text: 'inner 1' })
    await commit('outer', { text: 'outer 1' })
    await git('outer', 'submodule', '--quiet', 'add', join(root, 'inner'), 'inner')
    await commit('outer', {})
    await commit('shop', { 'mix.exs': '1' })
    await git('shop', 'submodule', '--quiet', 'add', join(root, 'outer'), 'vendor/outer')
    await deploy(await commit('shop', {}))
    expect(checkedOut('vendor/outer/inner/text')).toBe('inner 1')

    for (const name of ['inner', 'outer']) renameSync(join(root, name), join(root, `${name}-moved`))
    await commit('inner-moved', { text: 'inner 2' })
    await git('outer-moved', 'submodule', '--quiet', 'set-url', 'inner', join(root, 'inner-moved'))
    await git('outer-moved', 'submodule', '--quiet', 'update', '--init', '--remote')
    await commit('outer-moved', { text: 'outer 2' })
    await git('shop', 'submodule', '--quiet', 'set-url', 'vendor/outer', join(root, 'outer-moved'))
    await git('shop', 'submodule', '--quiet', 'update', '--init', '--remote')
    await deploy(await commit('shop', {}))
    expect([checkedOut('vendor/outer/text'), checkedOut('vendor/outer/inner/text')]).toEqual([
      'outer 2',
      'inner 2',
    ])
  })

  it('lists the files that git-lfs keeps elsewhere, even in submodules', async () => {
    const files = {
      '.gitattributes': '*.psd filter=lfs -text\n',
      'art/my logo.psd': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
      'about.md': 'version https://git-lfs.github.com/spec/v1\n',
      'fetched.psd': 'a picture',
    }
    await commit('other', files)
    await commit('shop', files)
    await git('shop', 'submodule', '--quiet', 'add', join(root, 'other'), 'vendor/other')
    await deploy(await commit('shop', {}))
    const { build } = appPaths(home, 'shop')
    const found = await Promise.all([lfsPointers(build), lfsPointersBelow(build)].map(runCommand))
    expect(found.map(({ stdout }) => stdout)).toEqual(['art/my logo.psd\n', 'vendor/other/art/my logo.psd\n'])
  })

  it('succeeds when a submodule becomes a folder and back', async () => {
    await commit('other', { text: 'a submodule' })
    await commit('shop', { 'mix.exs': '1' })
    await git('shop', 'submodule', '--quiet', 'add', join(root, 'other'), 'vendor')
    const first = await commit('shop', {})
    await deploy(first)
    await git('shop', 'rm', '-q', '-f', 'vendor')
    const second = await commit('shop', { 'vendor/text': 'a folder' })
    await deploy(second)
    expect(checkedOut('vendor/text')).toBe('a folder')
    await deploy(first)
    expect(checkedOut('vendor/text')).toBe('a submodule')
    await deploy(second)
    expect(checkedOut('vendor/text')).toBe('a folder')
  })

  it('keeps the build when the disk is full', async () => {
    await deploy(await commit('shop', { 'mix.exs': '1', '.gitignore': '_build\n' }))
    const { build } = appPaths(home, 'shop')
    mkdirSync(join(build, '_build'))
    writeFileSync(join(build, '_build', 'kept'), 'compiled')
    const large = await commit('shop', { picture: '#'.repeat(8_000_000) })
    await must(['cp', '-a', build, `${build}-aside`])
    await must(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', build])
    try {
      await must(['cp', '-a', `${build}-aside/.`, build])
      const { code, message } = known(await deploy(large).catch((error: unknown) => error))
      expect(code).toBe('DISK_FULL')
      expect(message).toContain(build)
      expect(checkedOut('_build/kept')).toBe('compiled')
    } finally {
      await must(['umount', '-l', build])
    }
  })

  it('is made again when git cannot change it, except on a read-only disk', async () => {
    await deploy(await commit('shop', { 'mix.exs': '1' }))
    const { build, root: app } = appPaths(home, 'shop')
    writeFileSync(join(build, '.git'), 'not what git wrote')
    const revision = await commit('shop', { 'mix.exs': '2' })
    await deploy(revision)
    expect(checkedOut('mix.exs')).toBe('2')
    expect(events).toContainEqual({
      type: 'note',
      text: expect.stringContaining('so Gatling makes it again: `git -C'),
    })
    await must(['mount', '--bind', app, app])
    try {
      await must(['mount', '-o', 'remount,bind,ro', app])
      const { code, message } = known(await check(revision).catch((error: unknown) => error))
      expect(code).toBe('DISK_READ_ONLY')
      expect(message).toContain(app)
    } finally {
      await must(['umount', '-l', app])
    }
  })
})
