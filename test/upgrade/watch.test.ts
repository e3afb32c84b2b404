import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import { createEmbeddedProxy } from '../../src/proxies/embedded.js'
import type { PhoenixRuntime } from '../../src/stacks/phoenix/upgrade/runtime.js'
import { watchNew } from '../../src/stacks/phoenix/upgrade/watch-new.js'
import { haveErrorsRisen } from '../../src/upgrade/error-share.js'
import { answersSlowed, bootCrash, diedSoon, errorsRose, unhealthyUpgrade } from '../../src/upgrade/errors.js'
import { wasSeenBad } from '../../src/upgrade/watch.js'
import { edit } from '../corpus/pair.js'
import { env, live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { startLoad } from '../helpers/load.js'
import { unusedRuntime } from '../helpers/runtime.js'
import { site } from '../helpers/site.js'
import { until } from '../helpers/world.js'
import { both, createLab, type LabApp, migrating, saying } from './lab.js'

const of = (errors: number, requests: number) => ({ errors, requests })

describe('the error rate', () => {
  it.each([
    ['has not risen without answers', of(0, 0), of(0, 0), false],
    ['has not risen without errors', of(0, 1_000), of(0, 1_000), false],
    ['has risen slightly above the limit', of(1, 1_000), of(62, 1_000), true],
    ['has not risen at the limit', of(0, 1_000), of(50, 1_000), false],
    ['has not risen at the old rate', of(300, 1_000), of(330, 1_000), false],
    ['has not risen below the old rate', of(300, 1_000), of(10, 1_000), false],
    ['has risen above an old rate that was high', of(300, 1_000), of(360, 1_000), true],
    ['has risen if all of five fail', of(0, 0), of(5, 5), true],
    ['has not risen if all fail as before', of(9, 9), of(5, 5), false],
    ['has not risen if all of four fail', of(0, 0), of(4, 4), false],
    ['has not risen if 18 of 19 fail', of(0, 0), of(18, 19), false],
    ['has not risen if one of twenty fails', of(0, 1_000), of(1, 20), false],
    ['has risen if five of twenty fail', of(0, 1_000), of(5, 20), true],
  ])('%s', (_, before, after, risen) => {
    expect(haveErrorsRisen(before, after, 5)).toBe(risen)
  })

  it('can rise as far as the settings allow', () => {
    expect(haveErrorsRisen(of(0, 100), of(10, 100), 10)).toBe(false)
    expect(haveErrorsRisen(of(0, 100), of(10, 100), 0)).toBe(true)
    expect(haveErrorsRisen(of(0, 100), of(100, 100), 100)).toBe(false)
  })

  it('is shown with rounded percents', () => {
    expect(errorsRose(env, of(1, 1_000), of(75, 1_204)).message).toBe(
      '6.2 % of 1,204 requests failed since the switch, 0.1 % before',
    )
    expect(errorsRose(env, of(0, 0), of(5, 5)).message).toBe(
      '100 % of 5 requests failed since the switch, 0 % before',
    )
  })
})

it('a dead version fails the watch without waiting for the prepared comparison', async () => {
  const runtime: PhoenixRuntime = {
    ...unusedRuntime,
    services: {
      ...unusedRuntime.services,
      exited: async () => ({ reason: 'ended with status 3', lastLines: [] }),
    },
    engine: { ...unusedRuntime.engine, prepare: () => new Promise(() => {}) },
  }
  const timing = { ...env.timing, watch: 10_000 }
  const watched = watchNew({ ...env, live, timing }, runtime, of(0, 0))
  expect((await failureOf(() => watched)).code).toBe('DIED_SOON')
}, 10_000)

it('a revision is bad after a failed watch, not after a failed start', () => {
  expect(wasSeenBad(diedSoon(env, 'ended with status 3', []))).toBe(true)
  expect(wasSeenBad(unhealthyUpgrade(env, 'it was sick', []))).toBe(true)
  expect(wasSeenBad(errorsRose(env, of(0, 0), of(5, 5)))).toBe(true)
  expect(wasSeenBad(answersSlowed(env, of(0, 0), of(0, 5)))).toBe(true)
  expect(wasSeenBad(bootCrash(env, 'ended with status 1', []))).toBe(false)
})

it('the hint of a reverted rollback does not ask for a push', () => {
  const rollback = { ...env, task: 'rollback' } as const
  const failures = [
    diedSoon(rollback, 'ended with status 3', []),
    unhealthyUpgrade(rollback, 'it was sick', []),
    errorsRose(rollback, of(0, 0), of(5, 5)),
  ]
  for (const { hint } of failures) {
    expect(hint).toContain('`gatling releases shop`')
    expect(hint).not.toContain('push')
  }
})

const { withApp, close } = createLab(mkdtempSync(join(tmpdir(), 'gatling-watch-')), {
  base: {},
  second: saying('second'),
  third: saying('third'),
  slow: both(saying('slow'), {
    edits: [edit('lib/counter.ex', 'do: @greeting', 'do: if(Process.sleep(300) == :ok, do: @greeting)')],
  }),
  migrates: both(saying('migrates'), migrating()),
  settled: both(saying('settled'), migrating()),
})
afterAll(() => close())

/** Runs some work with an app behind a real proxy, which counts the answers. */
const behindProxy = async (
  names: readonly string[],
  work: (app: LabApp & { readonly load: () => ReturnType<typeof startLoad> }) => Promise<void>,
  options: { readonly watch?: number; readonly swapWatch?: number },
): Promise<void> => {
  const proxy = await createEmbeddedProxy({
    sites: [],
    save: () => {},
    forget: () => {},
    filesOf: () => '/nowhere',
  })
  const port = await proxy.listen('127.0.0.1', 0)
  const load = () => startLoad(port, 'counter.test', { clients: 4, sockets: 0 })
  const ready = async (app: LabApp): Promise<void> => {
    await proxy.configure(site('counter', ['counter.test']))
    await proxy.route('counter', onLoopback(app.live().port))
    await work({ ...app, load })
  }
  try {
    await withApp(names, ready, { proxy, ...options })
  } finally {
    await proxy.close()
  }
}

const lastWatch = (app: LabApp): string => app.notes.filter(note => note.startsWith('watched')).at(-1) ?? ''

describe('a watch', () => {
  it('of 10 s ends early after good answers, but catches a child that dies after 2 s', () =>
    behindProxy(
      ['base', 'second', 'third'],
      async app => {
        const requests = await app.load()
        expect((await app.upgradeTo(2)).mode).toBe('hot')
        expect(app.notes).toContain('watching it for 10 s at most')
        expect(lastWatch(app)).toMatch(
          /^watched for \d(\.\d)? s: [\d,]+ requests, 0 errors; surely not worse than before$/,
        )
        await childDiesAfter(app, 2_000, 3)
        expect(await app.greeting()).toBe('second')
        await requests.stop()
      },
      { watch: 10_000 },
    ))

  it('reverts a slow version after a hot upgrade and after a swap', () =>
    behindProxy(
      ['base', 'slow', 'second'],
      async app => {
        const requests = await app.load()
        await until(() => requests.count() > 200, 'answers to compare with')
        for (const mode of [undefined, 'swap'] as const) {
          const failure = await failureOf(() => app.upgradeTo(2, mode))
          expect(failure.code).toBe('ANSWERS_SLOWED')
          expect(failure.message).toMatch(
            /half of the requests took \d{3,} ms or more after the switch, \d+ ms before/,
          )
          expect(await app.greeting()).toBe('Hello from version one')
        }
        // A fast version must pass on the same path.
        expect((await app.upgradeTo(3, 'swap')).mode).toBe('swap')
        expect((await requests.stop()).failures).toEqual([])
      },
      { watch: 6_000, swapWatch: 6_000 },
    ))

  it('without traffic ends by the health path, unless processes migrated or leak', () =>
    behindProxy(
      ['base', 'migrates', 'settled', 'third'],
      async app => {
        await app.startCells(1, 3)
        expect((await app.upgradeTo(2)).mode).toBe('hot')
        expect(lastWatch(app)).toContain('3 processes migrated, which needs the whole time')
        await app.ask('spawn(fun Leak() -> receive after 10 -> spawn(timer, sleep, [60000]), Leak() end end)')
        expect((await app.upgradeTo(3)).mode).toBe('hot')
        expect(lastWatch(app)).toMatch(/it has \d+ processes more than at first/)
        expect((await app.upgradeTo(4, 'swap')).mode).toBe('swap')
        expect(lastWatch(app)).toMatch(
          /^watched for [\d.]+ s: 0 requests, 0 errors; no traffic to judge by, but \/health was healthy \d+ times$/,
        )
      },
      { watch: 2_600, swapWatch: 10_000 },
    ))
})

/** Upgrades, kills a child this many ms after the new code runs, and expects that the watch sees it. */
const childDiesAfter = async (app: LabApp, ms: number, release: number): Promise<void> => {
  const seen = app.notes.length
  const failure = failureOf(() => app.upgradeTo(release))
  await until(() => app.notes.slice(seen).join().includes('watching it'), 'the new code')
  const kill = "fun() -> exit(whereis('Elixir.Counter.Tally'), kill) end"
  await app.ask(`timer:apply_after(${ms}, erlang, apply, [${kill}, []])`)
  expect((await failure).message).toContain('Counter.Tally died')
}

it('a watch tells each crash once, below the reason', () => {
  const { message } = unhealthyUpgrade(env, 'requests crash in the code that changed', [
    'boom',
    'boom',
    'bang',
  ])
  expect(message.split('\n')).toEqual([
    'after the new version took over, requests crash in the code that changed.',
    'Crashes in the code that changed:',
    '    boom',
    '    bang',
  ])
})
