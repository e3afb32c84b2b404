import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { loadProject } from '../../src/deploy/load.js'
import { localHost } from '../../src/hosts/local.js'
import { collectGarbage } from '../../src/housekeeping/collect-garbage.js'
import { appPaths } from '../../src/state/paths.js'
import { manifestPath } from '../../src/templates/manifest.js'
import { temporaryFolders } from '../helpers/folder.js'
import { run } from '../helpers/world.js'

const newFolder = temporaryFolders()
let home = ''
let repository = ''
let released = ''
let dropped = ''

const git = async (...args: string[]): Promise<string> => {
  const { code, stdout, text } = await run(
    ['git', '-c', 'user.name=a', '-c', 'user.email=a@example.com', '--git-dir', repository, ...args],
    { env: { GIT_COMMITTER_DATE: '2020-01-01T00:00:00Z', GIT_AUTHOR_DATE: '2020-01-01T00:00:00Z' } },
  )
  if (code !== 0) throw new Error(text)
  return stdout.trim()
}
const commit = async (text: string): Promise<string> =>
  git('commit-tree', '-m', text, await git('mktree', '--missing').catch(() => git('write-tree')))
const collect = (): Promise<void> =>
  collectGarbage(
    home,
    'shop',
    localHost({ environment: process.env, emit: () => {}, signal: new AbortController().signal }),
  )
const files = (): string[] =>
  readdirSync(join(repository, 'objects'), { recursive: true, encoding: 'utf8' }).filter(name =>
    /^[0-9a-f]{2}\/./.test(name),
  )
const isThere = (revision: string): Promise<boolean> =>
  git('cat-file', '-e', revision).then(
    () => true,
    () => false,
  )
const release = (number: number, revision: string): void => {
  const folder = join(appPaths(home, 'shop').releases, String(number))
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    manifestPath(folder),
    JSON.stringify({ release_name: 'shop', version: '1.0.0', revision, host_name: 'x' }),
  )
}
/** Writes so many loose objects that the repository counts as untidy. */
const untidy = async (): Promise<void> => {
  const folder = newFolder()
  const names = Array.from({ length: 2_000 }, (_, text) => join(folder, String(text)))
  for (const name of names) writeFileSync(name, name)
  await git('hash-object', '-w', ...names)
}
const age = (): void => {
  const old = new Date('2020-01-01')
  for (const name of files()) utimesSync(join(repository, 'objects', name), old, old)
}

beforeEach(async () => {
  home = newFolder()
  repository = appPaths(home, 'shop').repository
  await loadProject(home, 'shop')
  await git('update-ref', 'refs/heads/main', await commit('main'))
  released = await commit('of a release, and on no branch')
  dropped = await commit('of a failed push')
  release(7, released)
})

describe('the repository', () => {
  it('is not changed while it is tidy', async () => {
    const before = files()
    await collect()
    expect(files()).toEqual(before)
  })

  it('is packed when untidy, without the objects unused for two weeks', async () => {
    await untidy()
    age()
    await collect()
    expect(files()).toEqual([])
    expect(await isThere('main')).toBe(true)
    expect(await isThere(released)).toBe(true)
    expect(await isThere(dropped)).toBe(false)
    expect(await git('for-each-ref', '--format=%(refname)')).toBe('refs/gatling/7\nrefs/heads/main')
    const advertised = await run(['git', 'ls-remote', repository])
    expect(advertised.stdout).not.toContain('refs/gatling')
  })

  it('keeps the objects of a push of today, and forgets removed releases', async () => {
    await git('update-ref', 'refs/gatling/3', dropped)
    await untidy()
    await collect()
    expect(await isThere(dropped)).toBe(true)
    expect(await git('for-each-ref', '--format=%(refname)', 'refs/gatling')).toBe('refs/gatling/7')
  })
})
