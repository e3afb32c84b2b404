import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadProject } from '../../src/deploy/load.js'
import { appPaths } from '../../src/state/paths.js'
import { temporaryFolders } from '../helpers/folder.js'
import { must, run } from '../helpers/world.js'

const folder = temporaryFolders()

it('a push from a shallow clone prints the command that completes it', async () => {
  const [home, source, shallow] = [folder(), folder(), join(folder(), 'shallow')]
  await loadProject(home, 'shop')
  const identity = ['-c', 'user.name=Jane', '-c', 'user.email=jane@example.com']
  await must(['git', '-C', source, 'init', '-q', '-b', 'main'])
  for (const message of ['One', 'Two'])
    await must(['git', '-C', source, ...identity, 'commit', '-q', '--allow-empty', '-m', message])
  await must(['git', 'clone', '-q', '--depth', '1', `file://${source}`, shallow])
  const push = await run([
    'git',
    '-C',
    shallow,
    'push',
    appPaths(home, 'shop').repository,
    'main',
    'main:tip',
  ])
  expect(push.code).not.toBe(0)
  expect(push.text).toContain('main -> main (shallow update not allowed)')
  for (const name of ['main', 'tip'])
    expect(push.text).toContain(`refs/heads/${name} lacks a part of its history`)
  expect(push.text).toMatch(/git fetch --unshallow .*fetch-depth: 0/)
})

it.each(['objects', 'objects/pack'])(
  'a push names the read-only folder %s of its repository and the remedy',
  async closed => {
    const [home, source] = [folder(), folder()]
    await loadProject(home, 'shop')
    const { repository } = appPaths(home, 'shop')
    await must(['git', '-C', source, 'init', '-q', '-b', 'main'])
    const identity = ['-c', 'user.name=Jane', '-c', 'user.email=jane@example.com']
    await must(['git', '-C', source, ...identity, 'commit', '-q', '--allow-empty', '-m', 'One'])
    const isRoot = process.geteuid?.() === 0
    // Root can write into a read-only folder.
    if (isRoot) await must(['sh', '-c', 'chown -R nobody "$@" && chmod -R go+rX "$@"', 'sh', home, source])
    chmodSync(join(repository, closed), 0o555)
    const [program, ...before] = isRoot ? asNobody : (['env'] as const)
    const push = () =>
      run([program, ...before, 'git', '-C', source, 'push', repository, 'main'], { env: { HOME: source } })
    const { code, text } = await push()
    expect(code).not.toBe(0)
    expect(text).toContain(`error: permission denied: ${join(repository, closed)}. `)
    expect(text).toContain(`chmod -R u+rwX ${repository}`)
    expect(text).toContain('(FILE_CLOSED)')
    chmodSync(join(repository, closed), 0o755)
    expect((await push()).text).not.toContain('FILE_CLOSED')
  },
)
const asNobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] as const
