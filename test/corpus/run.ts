import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Plan } from '../../src/core/plan.js'
import { isFree } from '../../src/hosts/ports.js'
import { type LiveApp, startLiveApp } from '../helpers/live-app.js'
import { startLoad } from '../helpers/load.js'
import { get, run } from '../helpers/world.js'
import { createBuilder } from './build.js'
import type { Expectation, Pair } from './pair.js'

/** Finds a port that no other test takes, because those use ports from 20,000 on. */
const keptPort = async (): Promise<number> => {
  const worker = Number(process.env['VITEST_POOL_ID']) % 4
  const port = 15_000 + 8 * Math.floor(Math.random() * 625) + 2 * worker
  return (await isFree(port)) && (await isFree(port + 1)) ? port : keptPort()
}

/** Plans every pair, upgrades every hot one under load, down and up, and shows how a hot upgrade of a swap goes wrong. */
export const testPairs = (pairs: readonly Pair[]): void => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-corpus-'))
  const builder = createBuilder(join(folder, 'build'))
  let port = 0
  let base: LiveApp | null = null
  beforeAll(async () => {
    port = await keptPort()
  })
  const closeBase = async (): Promise<void> => {
    await base?.close()
    base = null
    rmSync(join(folder, 'base'), { recursive: true, force: true })
  }
  afterAll(async () => {
    await closeBase()
    await builder.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs an app that has both versions of a pair, 1 and 2, and starts one of them. */
  const withApp = async (pair: Pair, first: 1 | 2, work: (app: LiveApp) => Promise<void>): Promise<void> => {
    const built = await builder.build(pair)
    rmSync(join(folder, 'app'), { recursive: true, force: true })
    const app = await startLiveApp({
      // All use the same folder and port, so that the engine examines the base once.
      folder: join(folder, 'app'),
      port,
      releases: [built.old, built.new],
      first,
      name: built.name,
      own: pair.own ?? ['counter'],
      ...(pair.settings?.dependencies ? { dependencies: pair.settings.dependencies } : {}),
    })
    try {
      await work(app)
    } finally {
      await app.close()
      rmSync(join(folder, 'app'), { recursive: true, force: true })
      rmSync(join(folder, 'build', 'releases', pair.name), { recursive: true, force: true })
    }
  }

  /** Runs the base in one app for all pairs, which leave it unchanged. `next` is the new version of the pair. */
  const withBase = async (pair: Pair, work: (app: LiveApp, next: number) => Promise<void>): Promise<void> => {
    const built = await builder.build(pair)
    base ??= await startLiveApp({
      folder: join(folder, 'base'),
      port: port + 1,
      releases: [built.old],
      name: built.name,
      own: ['counter'],
    })
    try {
      await work(base, base.add(built.new))
    } catch (error) {
      await closeBase()
      throw error
    } finally {
      rmSync(join(folder, 'build', 'releases', pair.name), { recursive: true, force: true })
    }
  }

  /** Tells whether a pair boots its new version. A boot takes most of its time, so only some do. */
  const bootsNew = (pair: Pair): boolean => !canShare(pair) || pairs.indexOf(pair) % 8 === 0

  // These start with the new version, so that it is seen after a boot and after an upgrade.
  it.each(pairs.filter(pair => modesOf(pair) === 'both ways' && bootsNew(pair)))('$name: $about', pair =>
    withApp(pair, 2, async app => {
      await expectShown(app, pair, 'after')
      await upgradeUnderLoad(app, 1, pair.down ?? { mode: pair.up.mode })
      await expectShown(app, pair, 'before')
      await upgradeUnderLoad(app, 2, pair.up, { comesBack: false })
      await expectShown(app, pair, 'after')
    }),
  )

  it.each(pairs.filter(pair => modesOf(pair) === 'both ways' && !bootsNew(pair)))('$name: $about', pair =>
    withBase(pair, async (app, next) => {
      await expectShown(app, pair, 'before')
      await upgradeUnderLoad(app, next, pair.up)
      await expectShown(app, pair, 'after')
      await upgradeUnderLoad(app, 1, pair.down ?? { mode: pair.up.mode }, { comesBack: false })
    }),
  )

  it.each(pairs.filter(pair => modesOf(pair) === 'up only'))('$name: $about', pair =>
    withApp(pair, 1, async app => {
      await expectShown(app, pair, 'before')
      await upgradeUnderLoad(app, 2, pair.up, { comesBack: false })
      await expectShown(app, pair, 'after')
      if (pair.down) expectDecided(await app.plan(1), pair.down)
    }),
  )

  it.each(pairs.filter(pair => modesOf(pair) === 'swapped' && !canShare(pair)))('$name: $about', pair =>
    withApp(pair, 1, async app => {
      await expectShown(app, pair, 'before')
      expectDecided(await app.plan(2), pair.up)
      if (pair.wouldFail) await expectWrong(app, pair, 2, pair.wouldFail)
    }),
  )

  it.each(pairs.filter(pair => modesOf(pair) === 'swapped' && canShare(pair)))('$name: $about', pair =>
    withBase(pair, async (app, next) => {
      await expectShown(app, pair, 'before')
      expectDecided(await app.plan(next), pair.up)
      if (!pair.wouldFail) return
      await expectWrong(app, pair, next, pair.wouldFail)
      if (!(await isBack(app, pair, next))) await closeBase()
    }),
  )
}

const modesOf = ({ up, down = up }: Pair): 'both ways' | 'up only' | 'swapped' => {
  if (up.mode === 'swap') return 'swapped'
  return down.mode === 'swap' ? 'up only' : 'both ways'
}

/** Tells whether the app that runs the base can serve this pair. */
const canShare = ({ base = 'app', old, settings, own }: Pair): boolean =>
  base === 'app' && !old && !settings && !own

/** Upgrades an app hot that needs a swap, and expects the failure of the pair, or that the node refuses. */
const expectWrong = async (
  app: LiveApp,
  pair: Pair,
  release: number,
  failure: NonNullable<Pair['wouldFail']>,
): Promise<void> => {
  const installed = await app.newEngine().install(await app.changeTo(release))
  if (!installed.ok) return expectShown(app, pair, 'before')
  const wrong = await answer(app, failure.path).catch(() => ({ status: 0, body: '' }))
  if (failure.status !== undefined) expect(wrong.status).toBe(failure.status)
  if (failure.contains !== undefined) expect(wrong.body).toContain(failure.contains)
  if (failure.lacks !== undefined) expect(wrong.body).not.toContain(failure.lacks)
}

/** Reverts an upgrade that went wrong. @returns whether the app is as it was, so that it can serve the next pair. */
const isBack = async (app: LiveApp, pair: Pair, release: number): Promise<boolean> => {
  const stuck = await app.newEngine().revert(await app.changeTo(release))
  if (stuck.length > 0) return false
  return expectShown(app, pair, 'before').then(
    () => true,
    () => false,
  )
}

const answer = (app: LiveApp, path: string) => get(app.live().port, 'localhost', path)

const expectShown = async (app: LiveApp, pair: Pair, when: 'before' | 'after'): Promise<void> => {
  for (const shown of pair.shows ?? []) expect((await answer(app, shown.path)).body).toContain(shown[when])
}

const expectDecided = ({ mode, reasons }: Plan, expected: Expectation): void => {
  expect(mode, reasons.map(({ text }) => text).join('\n')).toBe(expected.mode)
  if (expected.lacks) expect(reasons.map(({ code }) => code)).not.toContain(expected.lacks)
  if (expected.because) expect(reasons.map(({ code }) => code)).toContain(expected.because)
  if (expected.says) expect(reasons.map(({ text }) => text).join('\n')).toContain(expected.says)
}

const osPid = async (app: LiveApp): Promise<number> => JSON.parse((await answer(app, '/version')).body).os_pid
const increment = (app: LiveApp) =>
  run(['curl', '-sf', '-X', 'POST', `http://127.0.0.1:${app.live().port}/increment`])
const count = async (app: LiveApp): Promise<number> => JSON.parse((await increment(app)).stdout).count

/** Upgrades hot under load, and expects that no request fails, no socket closes and no state is lost. */
const upgradeUnderLoad = async (
  app: LiveApp,
  release: number,
  expected: Expectation,
  { comesBack = true } = {},
): Promise<void> => {
  const pid = await osPid(app)
  const before = await count(app)
  const load = await startLoad(app.live().port, 'localhost', { clients: 2, sockets: 3, pauseMs: 25 })
  const { mode } = await app.upgradeTo(release, 'auto', { comesBack })
  const report = await load.stop()
  const plan = app.plans.at(-1)
  if (plan) expectDecided(plan, expected)
  expect(mode, app.notes.join('\n')).toBe(expected.mode)
  expect(report.failures).toEqual([])
  // An upgrade without a change can end before the first requests.
  expect(report.requests).toBeGreaterThan(mode === 'noop' ? 0 : 5)
  expect(report.closed).toEqual([])
  expect(await osPid(app)).toBe(pid)
  expect(await count(app)).toBe(before + 1)
}
