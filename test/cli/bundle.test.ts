import { cpSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolders } from '../helpers/folder.js'
import { must, root } from '../helpers/world.js'

const temporaryFolder = temporaryFolders()

it('the bundle loads packages by require, because import() fails in cached code', () => {
  const text = readFileSync(join(root, 'dist', 'bundle', 'gatling.cjs'), 'utf8')
  expect(text).toContain('require("tldts")')
  expect(text).not.toMatch(/^[^/*]*\bimport\(/m)
})

it('the bundle starts when its code cache is damaged or of another node', async () => {
  const folder = temporaryFolder()
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const compiled = join(folder, 'dist', 'bundle', 'gatling.cjs.compiled')
  const version = (...flags: string[]) =>
    must([process.execPath, ...flags, join(folder, 'bin', 'gatling.js'), '--version'])
  const expected = await version()
  expect(expected).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(await version('--no-opt')).toBe(expected)
  truncateSync(compiled, Math.floor(statSync(compiled).size / 2))
  expect(await version()).toBe(expected)
  writeFileSync(compiled, 'nonsense')
  expect(await version()).toBe(expected)
})
