import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type LiveApp, startLiveApp } from '../helpers/live-app.js'
import { startLoad } from '../helpers/load.js'
import { get, run } from '../helpers/world.js'
import { createBuilder } from './build.js'
import type { Expectation, Pair } from './pair.js'
import { pairs } from './pairs/index.js'

const folder = mkdtempSync(join(tmpdir(), 'gatling-corpus-'))
const builder = createBuilder(join(folder, 'build'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const withApp = async (pair: Pair, work: (app: LiveApp) => Promise<void>): Promise<void> => {
  const built = await builder.build(pair)
  const app = await startLiveApp({
    folder: join(folder, 'apps', pair.name),
    releases: [built.old, built.new],
    name: built.name,
    own: pair.own ?? ['counter'],
    engines: join(folder, 'engines'),
    ...(pair.settings?.dependencies ? { dependencies: pair.settings.dependencies } : {}),
  })
  try {
    await work(app)
  } finally {
    await app.close()
    for (const path of [join(folder, 'apps', pair.name), join(folder, 'build', 'releases', pair.name)])
      rmSync(path, { recursive: true, force: true })
  }
}

const answer = (app: LiveApp, path: string) => get(app.live().port, 'localhost', path)
const bodies = async (app: LiveApp, pair: Pair): Promise<string[]> =>
  Promise.all((pair.shows ?? []).map(async ({ path }) => (await answer(app, path)).body))

const expectShown = async (app: LiveApp, pair: Pair, when: 'before' | 'after'): Promise<void> => {
  const shown = await bodies(app, pair)
  for (const [at, body] of shown.entries()) expect(body).toContain(pair.shows?.[at]?.[when])
}

const expectDecided = async (app: LiveApp, release: number, expected: Expectation): Promise<void> => {
  const plan = await app.plan(release)
  expect(plan.mode, plan.reasons.map(({ text }) => text).join('\n')).toBe(expected.mode)
  if (expected.because) expect(plan.reasons.map(({ code }) => code)).toContain(expected.because)
}

const osPid = async (app: LiveApp): Promise<number> => JSON.parse((await answer(app, '/version')).body).os_pid
const increment = (app: LiveApp) =>
  run(['curl', '-sf', '-X', 'POST', `http://127.0.0.1:${app.live().port}/increment`])
const count = async (app: LiveApp): Promise<number> => JSON.parse((await increment(app)).stdout).count

/** In place, under load: no request fails, no socket closes, nothing is forgotten. */
const upgradeUnderLoad = async (app: LiveApp, release: number, expected: Expectation): Promise<void> => {
  const pid = await osPid(app)
  const before = await count(app)
  const load = await startLoad(app.live().port, 'localhost', { clients: 4, sockets: 3 })
  const { mode } = await app.upgradeTo(release)
  const report = await load.stop()
  expect(mode, app.notes.join('\n')).toBe(expected.mode)
  expect(report.failures).toEqual([])
  expect(report.closed).toEqual([])
  expect(await osPid(app)).toBe(pid)
  expect(await count(app)).toBe(before + 1)
}

describe('the corpus', () => {
  it('has a name for each pair', () => {
    expect(new Set(pairs.map(({ name }) => name)).size).toBe(pairs.length)
  })

  it.each(pairs.filter(({ up }) => up.mode !== 'swap'))('$name: $about', { timeout: 120_000 }, pair =>
    withApp(pair, async app => {
      const down = pair.down ?? { mode: pair.up.mode }
      await expectShown(app, pair, 'before')
      await expectDecided(app, 2, pair.up)
      await upgradeUnderLoad(app, 2, pair.up)
      await expectShown(app, pair, 'after')
      await expectDecided(app, 1, down)
      if (down.mode !== 'swap') {
        await upgradeUnderLoad(app, 1, down)
        await expectShown(app, pair, 'before')
        await upgradeUnderLoad(app, 2, pair.up)
        await expectShown(app, pair, 'after')
      }
      await app.reboot()
      if (down.mode !== 'swap') await expectShown(app, pair, 'after')
    }),
  )

  it.each(pairs.filter(({ up }) => up.mode === 'swap'))('$name: $about', { timeout: 120_000 }, pair =>
    withApp(pair, async app => {
      await expectShown(app, pair, 'before')
      await expectDecided(app, 2, pair.up)
      if (!pair.wouldFail) return
      const { path, status, contains, lacks } = pair.wouldFail
      const change = await app.changeTo(2)
      const installed = await app.newEngine().install(change)
      // The node itself may refuse; then it is as it was.
      if (!installed.ok) return expectShown(app, pair, 'before')
      const wrong = await answer(app, path).catch(() => ({ status: 0, body: '' }))
      if (status !== undefined) expect(wrong.status).toBe(status)
      if (contains !== undefined) expect(wrong.body).toContain(contains)
      if (lacks !== undefined) expect(wrong.body).not.toContain(lacks)
    }),
  )
})
