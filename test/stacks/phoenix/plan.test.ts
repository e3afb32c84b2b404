import { describe, expect, it } from 'vitest'
import type { Env, UpgradeOptions } from '../../../src/core/env.js'
import type { Comparison, Engine } from '../../../src/stacks/phoenix/upgrade/engine.js'
import { changeOf, foreseePlan, planUpgrade } from '../../../src/stacks/phoenix/upgrade/plan.js'
import type { PhoenixRuntime } from '../../../src/stacks/phoenix/upgrade/runtime.js'
import { nothingDiffers } from '../../helpers/comparison.js'
import { env, live } from '../../helpers/env.js'
import { failureOf } from '../../helpers/failure.js'
import { unusedRuntime } from '../../helpers/runtime.js'

const comparison: Comparison = { ...nothingDiffers, changed: ['Shop.Cart'] }
const broken = { code: 'broken', what: 'Shop.Cart', detail: 'badfile' }
const impossible = { code: 'vm_args_changed', what: '', detail: '' }

const asked = (mode: UpgradeOptions['mode']): Env => ({
  ...env,
  live,
  upgrade_options: { ...env.upgrade_options, mode },
})

/** Makes a runtime whose engine finds this, and lists its calls. */
const runtimeThat = (found: Partial<Comparison>): { runtime: PhoenixRuntime; calls: string[] } => {
  const calls: string[] = []
  const engine: Engine = {
    ...unusedRuntime.engine,
    compare: async () => {
      calls.push('compare')
      return { ...comparison, ...found }
    },
    prepare: async () => {
      calls.push('prepare')
      return { ...comparison, ...found }
    },
    preview: async () => {
      calls.push('preview')
      return { config: [], supervisors: [], known: [], unknown: [] }
    },
    check: async () => {
      calls.push('check')
      return { findings: [], processes: [], generation: 0, pending: false, otp: '25' }
    },
  }
  const services = { ...unusedRuntime.services, outdated: async () => [] }
  return { runtime: { ...unusedRuntime, services, engine }, calls }
}

describe('planning an upgrade', () => {
  it('calls no engine if a swap is requested', async () => {
    const { runtime, calls } = runtimeThat({ findings: [impossible] })
    expect(await planUpgrade(asked('swap'), runtime)).toMatchObject({
      mode: 'swap',
      reasons: [{ code: 'asked', text: 'a swap was asked for' }],
    })
    expect(calls).toEqual([])
  })

  it('reads the new release only if that can add something', async () => {
    for (const [preview, expected] of [
      [true, ['compare', 'preview', 'check']],
      [false, ['compare', 'check']],
    ] as const) {
      const { runtime, calls } = runtimeThat({ preview })
      expect((await planUpgrade(asked('auto'), runtime)).mode).toBe('hot')
      expect(calls).toEqual(expected)
    }
  })

  it('does not ask a node with an Erlang VM unlike that of the release', async () => {
    for (const code of ['erts_changed', 'erts_elsewhere']) {
      const { runtime, calls } = runtimeThat({
        findings: [{ code, what: 'ERTS', detail: '13.1.5 -> 14.2.5' }],
      })
      expect(await planUpgrade(asked('auto'), runtime)).toMatchObject({ mode: 'swap', reasons: [{ code }] })
      expect(calls).toEqual(['compare'])
    }
  })

  it('stops at a release that no instance can load', async () => {
    const { runtime } = runtimeThat({ findings: [broken] })
    const error = await failureOf(() => planUpgrade(asked('auto'), runtime))
    expect(error).toMatchObject({ code: 'RELEASE_BROKEN' })
    expect(error.message).toContain('Shop.Cart of the new release: badfile')
  })

  it('fails with every reason if only hot is allowed, else swaps', async () => {
    const { runtime } = runtimeThat({ findings: [impossible] })
    const error = await failureOf(() => planUpgrade(asked('hot'), runtime))
    expect(error).toMatchObject({ code: 'HOT_IMPOSSIBLE' })
    expect(error.message).toContain('vm.args changed')
    expect((await planUpgrade(asked('auto'), runtime)).mode).toBe('swap')
  })
})

describe('foreseeing a plan', () => {
  const supervisors = ['Shop.Supervisor']

  it.each([
    ['hot', { preview: true, supervisors }],
    ['swap', { findings: [impossible] }],
    ['noop', { changed: [] }],
  ])('says %s from the releases alone, without asking the node', async (mode, found) => {
    const { runtime, calls } = runtimeThat(found)
    expect((await foreseePlan(asked('auto'), runtime)).mode).toBe(mode)
    expect(calls).toEqual(['prepare'])
  })

  it('swaps for a value that has changed since the app started', async () => {
    const { runtime } = runtimeThat({})
    const services = { ...runtime.services, outdated: async () => ['COLOUR'] }
    expect((await foreseePlan(asked('auto'), { ...runtime, services })).mode).toBe('swap')
  })

  it('fails like the plan itself', async () => {
    const hot = await failureOf(() =>
      foreseePlan(asked('hot'), runtimeThat({ findings: [impossible] }).runtime),
    )
    expect(hot.code).toBe('HOT_IMPOSSIBLE')
    const gone = await failureOf(() =>
      foreseePlan(asked('auto'), runtimeThat({ findings: [broken] }).runtime),
    )
    expect(gone.code).toBe('RELEASE_BROKEN')
  })
})

describe('the change of a running node', () => {
  it('goes from the live release to the new one in the live slot', () => {
    expect(changeOf(asked('auto'))).toMatchObject({
      slot: 'a',
      from: '/srv/shop/deploy/releases/6',
      to: '/srv/shop/deploy/releases/7',
      own: ['shop'],
      direction: 'up',
    })
  })

  it('goes down to an older release', () => {
    expect(changeOf({ ...asked('auto'), release: 5 }).direction).toBe('down')
  })
})
