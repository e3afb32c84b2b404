import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { appPaths } from '../../src/state/paths.js'
import { bin, createWorld, isGone, run, until, type World } from '../helpers/world.js'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.cli('load', 'shop')
})
afterAll(() => world?.close())

it('logs --follow ends when its reader ends, even if the app is quiet', async () => {
  const { log } = appPaths(world.home, 'shop')
  mkdirSync(dirname(log), { recursive: true })
  writeFileSync(log, 'the last line\n')
  const pid = join(world.folder, 'pid')
  const follow = `echo $$ >${pid}; exec ${process.execPath} ${bin} logs shop --follow`
  const read = run(['sh', '-c', `sh -c '${follow}' | head -n 1`], {
    env: { GATLING_HOME: world.home },
  })
  const follower = await until(
    () => (existsSync(pid) ? Number(readFileSync(pid, 'utf8')) : 0),
    'the log to be followed',
  )
  await until(() => isGone(follower), 'the log to end')
  expect((await read).stdout).toBe('the last line\n')
})
