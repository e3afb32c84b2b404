import { describe, expect, it } from 'vitest'

import type { Env } from '../../src/core/env.js'
import type { Answers } from '../../src/core/proxy.js'

import type { Exit, ServiceDefinition } from '../../src/core/service-manager.js'
import type { Installed, Watched } from '../../src/stacks/phoenix/upgrade/engine.js'
import { installHot, lookHot } from '../../src/stacks/phoenix/upgrade/hot.js'
import type { PhoenixRuntime } from '../../src/stacks/phoenix/upgrade/runtime.js'
import { install, reinstall } from '../../src/upgrade/install.js'
import { answersBefore, lookOnceMore, watch } from '../../src/upgrade/watch.js'
import { env, live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { unusedRuntime } from '../helpers/runtime.js'

const upgrade: Env = { ...env, live }
const well: Watched = { restarted: [], crashes: [], processes: 100, migrated: 0 }

interface Seen {
  /** The answers of the health path, in order; the last one repeats. */
  readonly statuses?: readonly number[]
  readonly answers?: Answers
  readonly exit?: Exit
  /** The report of the node; null: it does not answer. */
  readonly node?: Watched | null
  readonly installed?: Installed
}

/** Makes a machine that shows this, and records the calls. */
const seeing = (seen: Seen) => {
  const { statuses = [200], answers = { requests: 0, errors: 0 }, exit = null, node = well } = seen
  const probed: number[] = []
  const between: (readonly [number, number])[] = []
  const defined: ServiceDefinition[] = []
  const runtime: PhoenixRuntime = {
    ...unusedRuntime,
    host: {
      ...unusedRuntime.host,
      probe: async ({ port }) => {
        const status = statuses[Math.min(probed.length, statuses.length - 1)] ?? 0
        probed.push(port)
        return { status, location: null, setsCookie: false }
      },
    },
    services: {
      ...unusedRuntime.services,
      exited: async () => exit,
      listening: async (_, slot) => [slot === 'a' ? 4_000 : 4_001],
      install: async definition => void defined.push(definition),
    },
    proxy: {
      ...unusedRuntime.proxy,
      answers: async (_project, _port, from, to) => {
        between.push([from, to])
        return answers
      },
    },
    engine: {
      ...unusedRuntime.engine,
      watch: async () => {
        if (node === null) throw new Error('it does not answer')
        return node
      },
      install: async () => seen.installed ?? Promise.reject(new Error('nothing is installed here')),
    },
  }
  return { runtime, probed, between, defined }
}

const nothing: Answers = { requests: 0, errors: 0 }
const codeOf = async (work: () => Promise<unknown>): Promise<string> => (await failureOf(work)).code

describe('a version that has just taken over', () => {
  it('fails after two bad answers, not after one', async () => {
    const once = seeing({ statuses: [500, 200] })
    await lookOnceMore(upgrade, once.runtime)
    expect(once.probed).toEqual([4_001, 4_001])
    const twice = seeing({ statuses: [500, 500, 200] })
    expect(await codeOf(() => lookOnceMore(upgrade, twice.runtime))).toBe('UNHEALTHY_UPGRADE')
  })

  it('fails if its error rate has risen', async () => {
    const { runtime } = seeing({ answers: { requests: 100, errors: 50 } })
    const look = (before: Answers) => watch(upgrade, runtime, { ms: 0, before })
    expect(await codeOf(() => look(nothing))).toBe('ERRORS_ROSE')
    await look({ requests: 100, errors: 50 })
  })

  it('is compared with the answers of the old version before the schema change', async () => {
    const began = Date.now()
    const { runtime, between } = seeing({})
    await watch(upgrade, runtime, { ms: 0, before: nothing })
    expect(between[0]?.[0]).toBeGreaterThanOrEqual(began)
    const deployedAt = (since: string): Env => ({
      ...upgrade,
      schema_changed_at: 1_000_000,
      live: { ...live, since },
    })
    await answersBefore(deployedAt(new Date(0).toISOString()), runtime)
    expect(between[1]).toEqual([940_000, 1_000_000])
    await answersBefore(deployedAt(new Date(990_000).toISOString()), runtime)
    expect(between[2]).toEqual([990_000, 1_000_000])
  })
})

describe('an app that was upgraded hot', () => {
  it('is checked at its old port', async () => {
    const { runtime, probed } = seeing({})
    await lookHot(upgrade, runtime)
    expect(probed).toEqual([4_000])
  })

  it.each<[string, Seen, string | null]>([
    ['passes with two crashes in changed code', { node: { ...well, crashes: ['one', 'two'] } }, null],
    [
      'fails with three crashes in changed code',
      { node: { ...well, crashes: ['1', '2', '3'] } },
      'UNHEALTHY_UPGRADE',
    ],
    ['fails with a restarted child', { node: { ...well, restarted: ['Shop.Cart'] } }, 'UNHEALTHY_UPGRADE'],
    ['fails if its node does not answer', { node: null }, 'UNHEALTHY_UPGRADE'],
    ['fails if its instance dies', { exit: { reason: 'ended with status 1', lastLines: [] } }, 'DIED_SOON'],
  ])('%s', async (_, seen, code) => {
    const look = lookHot(upgrade, seeing(seen).runtime)
    if (code === null) await look
    else expect(await codeOf(() => look)).toBe(code)
  })

  const installed: Installed = {
    ...{ ok: true, findings: [], migrated: 0, started: [], pausedMs: 1, tookMs: 2 },
  }
  const finding = (code: string) => ({ code, what: 'Shop.Cart', detail: '' })
  it('returns a refusal of its node, and throws after a failed migration', async () => {
    const of = (answer: Partial<Installed>) =>
      installHot({ mode: 'hot' }, upgrade, seeing({ installed: { ...installed, ...answer } }).runtime)
    expect(await of({})).toEqual([])
    expect(await of({ ok: false, findings: [finding('process_busy')] })).toEqual([finding('process_busy')])
    const failed = { ok: false, findings: [finding('migration_failed')] }
    expect(await codeOf(() => of(failed))).toBe('MIGRATION_FAILED')
  })
})

it('a deploy defines the new limits, and the live ones again after a revert', async () => {
  const { runtime, defined } = seeing({})
  const limits = { memory: '1G', cpu: null, tasks: 10 }
  const before = { memory: '2G', cpu: 50, tasks: 20 }
  await install({ ...upgrade, limits }, runtime)
  await reinstall({ ...upgrade, live: { ...live, limits: before } }, runtime)
  await reinstall({ ...upgrade, live: null }, runtime)
  const build = upgrade.build_limits
  expect(defined).toEqual([
    { project: 'shop', drainMs: 45_000, limits, build },
    { project: 'shop', drainMs: 45_000, limits: before, build },
  ])
})

describe('the answers of both versions', () => {
  const compare = async (answers: Answers, before: Answers) => {
    const told: unknown[] = []
    const { runtime } = seeing({ answers })
    const services = {
      ...runtime.services,
      memory: async (_: string, slot: 'a' | 'b') => (slot === 'a' ? 1_000 : 2_000),
    }
    const compared = (...both: readonly unknown[]): void => void told.push(...both)
    await watch(upgrade, { ...runtime, services, compared }, { ms: 50, before })
    return told
  }

  it('are compared at the end of a watch, with the memory of both', async () => {
    const [before, after] = await compare({ requests: 30, errors: 3 }, { requests: 600, errors: 60 })
    expect(before).toMatchObject({ error_percent: 10, p95_ms: null, memory_bytes: 1_000 })
    expect(before).toMatchObject({ requests_per_s: expect.closeTo(10, 0) })
    expect(after).toMatchObject({ error_percent: 10, memory_bytes: 2_000 })
  })

  it('are not compared without traffic for both', async () => {
    expect(await compare({ requests: 0, errors: 0 }, { requests: 600, errors: 0 })).toEqual([])
    expect(await compare({ requests: 30, errors: 0 }, { requests: 0, errors: 0 })).toEqual([])
  })
})
