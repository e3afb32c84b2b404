import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { tidyFailed } from '../../src/deploy/tidy.js'
import { appPaths } from '../../src/state/paths.js'
import { temporaryFolders } from '../helpers/folder.js'

const newFolder = temporaryFolders()

it('of the releases whose deploy failed three are kept, however many follow each other', () => {
  const home = newFolder()
  const { failed } = appPaths(home, 'shop')
  for (const number of ['7', '8', '9', '10', '11']) mkdirSync(join(failed, number), { recursive: true })
  tidyFailed(home, 'shop')
  expect(readdirSync(failed).sort()).toEqual(['10', '11', '9'])
})
