import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadProject } from '../../src/deploy/load.js'
import { appPaths } from '../../src/state/paths.js'
import { temporaryFolders } from '../helpers/folder.js'
import { must, run } from '../helpers/world.js'

const folder = temporaryFolders()

it('a shallow clone is told how to become a whole one', async () => {
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
