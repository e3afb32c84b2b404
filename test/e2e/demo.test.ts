import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hasPackages } from '../../scripts/setup.js'
import { collect, root, run, until } from '../helpers/world.js'

let clone = ''
beforeAll(async () => {
  // The demo would install the packages again, into the folder that it shares with this clone.
  if (!hasPackages()) throw new Error('node_modules/ is older than package-lock.json: run npm ci')
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

it('npm run demo shows two deploys in a fresh clone without a failed request', async () => {
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

it('npm run demo --swap reports the swap and that the page connected again', async () => {
  const demo = await run(['npm', 'run', 'demo', '--', '--exit', '--swap'], {
    cwd: clone,
    env: { NO_COLOR: '1' },
  })
  expect(demo.code, demo.text).toBe(0)
  expect(demo.stdout).toContain('This push was a swap')
  expect(demo.stdout).toContain('the page connected again: the counter showed 0, one more click makes it 1')
})

it('npm run demo ends at the first SIGTERM and leaves no process', async () => {
  const demo = spawn(process.execPath, ['scripts/demo.js'], { cwd: clone })
  let printed = ''
  demo.stdout.on('data', text => {
    printed += text
  })
  const ended = collect(demo)
  await until(() => printed.includes('the first deploy'), 'the push')
  demo.kill('SIGTERM')
  expect(await ended).toMatchObject({ code: 130, text: expect.stringContaining('The demo was interrupted.') })
  await until(async () => (await run(['pgrep', '-f', `${clone}/`])).code !== 0, 'every process to be gone')
})
