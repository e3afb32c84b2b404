import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkOut } from '../../src/deploy/check-out.js'
import { localHost } from '../../src/hosts/local.js'
import { appPaths } from '../../src/state/paths.js'
import { temporaryFolders } from '../helpers/folder.js'
import { must } from '../helpers/world.js'

const folder = temporaryFolders()

it('checks out the commit it is told, also beside a branch and a tag that are named like it', async () => {
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
    // The first makes the checkout, the second changes it.
    await checkOut(home, 'shop', revision, host, () => {})
    expect(readFileSync(join(build, 'file'), 'utf8')).toBe(revision === wanted[0] ? 'first' : 'second')
  }
})
