import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root, run } from '../helpers/world.js'

let clone = ''
beforeAll(async () => {
  clone = join(mkdtempSync(join(tmpdir(), 'gatling-clone-')), 'gatling')
  const { stdout } = await run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  })
  for (const file of stdout.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(clone, file)), { recursive: true })
    cpSync(join(root, file), join(clone, file), { preserveTimestamps: true })
  }
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'))
})
afterAll(() => rmSync(dirname(clone), { recursive: true, force: true }))

it('npm run demo shows two deploys in a fresh clone, without a failed request, and ends', async () => {
  const demo = await run(['npm', 'run', 'demo', '--', '--exit'], { cwd: clone, env: { NO_COLOR: '1' } })
  expect(demo.code, demo.text).toBe(0)
  expect(demo.stdout).toContain('says: Hello from version one')
  expect(demo.stdout).toContain('says: Hello from version two')
  const [, requests, failed] =
    /(\d+) requests were made during the push, (\d+) failed/.exec(demo.stdout) ?? []
  expect(Number(requests)).toBeGreaterThan(200)
  expect(Number(failed)).toBe(0)
  expect(demo.text).toContain('hot: 1 module (Counter)')
  expect(demo.stdout).toContain('the counter still showed 3, one more click makes it 4')
})
