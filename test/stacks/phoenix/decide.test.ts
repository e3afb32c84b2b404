import { describe, expect, it } from 'vitest'
import { decide, type Facts } from '../../../src/stacks/phoenix/upgrade/decide.js'
import type {
  Comparison,
  Finding,
  NodeCheck,
  Preview,
  SupervisorChange,
} from '../../../src/stacks/phoenix/upgrade/engine.js'
import { reasons } from '../../../src/stacks/phoenix/upgrade/reasons.js'
import { nothingDiffers } from '../../helpers/comparison.js'

const comparison: Comparison = { ...nothingDiffers, changed: ['Shop.Cart'], apps: ['shop'], preview: true }
const preview: Preview = { config: [], supervisors: [], known: [], unknown: [] }
const node: NodeCheck = { findings: [], processes: [], generation: 0, pending: false, otp: '25' }
const supervisor: SupervisorChange = {
  path: 'shop / Shop.Workers',
  module: 'Shop.Workers',
  added: [],
  modules: [],
  closures: [],
  removed: [],
  changed: [],
  flags: false,
}

interface Given {
  readonly comparison?: Partial<Comparison>
  readonly preview?: Partial<Preview> | { readonly failed: string }
  readonly node?: Partial<NodeCheck> | { readonly failed: string }
  readonly environment?: readonly string[]
  readonly asked?: Facts['asked']
  readonly maxGenerations?: number
}

const decided = (given: Given = {}) =>
  decide({
    comparison: { ...comparison, ...given.comparison },
    preview: given.preview && 'failed' in given.preview ? given.preview : { ...preview, ...given.preview },
    node: given.node && 'failed' in given.node ? given.node : { ...node, ...given.node },
    environment: given.environment ?? [],
    asked: given.asked ?? 'auto',
    maxGenerations: given.maxGenerations ?? 20,
  })
const codes = (given: Given): string[] => decided(given).reasons.map(({ code }) => code)
const texts = (given: Given): string[] => decided(given).reasons.map(({ text }) => text)
const found = (code: string): Finding => ({ code, what: 'Shop.Cart', detail: 'its detail' })
const ofWeight = (weight: 'cannot' | 'doubt'): string[] =>
  Object.entries(reasons)
    .filter(([, kind]) => kind.weight === weight)
    .map(([code]) => code)
const nothing = { changed: [], apps: [] }

describe('an upgrade', () => {
  it('is hot if no reason is against it', () => {
    expect(decided()).toEqual({
      mode: 'hot',
      reasons: [{ code: 'hot', text: '1 module (Shop.Cart)' }],
      modules: { added: [], changed: ['Shop.Cart'], removed: [] },
      migrations: [],
      children: { started: [], stopped: [] },
      config: [],
    })
  })

  it.each(['auto', 'hot'] as const)('does nothing if no code, child or file changed: %s', asked => {
    expect(decided({ asked, comparison: nothing })).toMatchObject({ mode: 'noop', reasons: [] })
  })

  it('lists five reasons of a kind, and counts the others', () => {
    const gone = (count: number): Finding[] =>
      Array.from({ length: count }, (_, at) => ({
        code: 'function_gone',
        what: `Shop.f${at}/0`,
        detail: 'Shop',
      }))
    const other = found('vm_args_changed')
    const said = texts({ comparison: { findings: [...gone(140), other] } })
    expect(said).toHaveLength(7)
    expect(said[5]).toBe('and 135 more of this kind')
    expect(said[6]).toBe('vm.args changed')
    expect(texts({ comparison: { findings: gone(6) } })).toHaveLength(6)
  })

  it.each<[string, Given]>([
    ['a static file', { comparison: { ...nothing, static: true } }],
    ['the version of an app', { comparison: { ...nothing, apps: ['shop'] } }],
    ['a new module', { comparison: { ...nothing, added: ['Shop.Till'] } }],
    ['a module that is gone', { comparison: { ...nothing, removed: ['Shop.Till'] } }],
    ['a new child', { comparison: nothing, preview: { supervisors: [{ ...supervisor, added: ['Till'] }] } }],
    [
      'a child that is gone',
      { comparison: nothing, preview: { supervisors: [{ ...supervisor, removed: ['Till'] }] } },
    ],
  ])('is hot if only this changed: %s', (_, given) => {
    expect(decided(given).mode).toBe('hot')
    expect(decided(given).reasons).not.toEqual([])
  })

  it.each([
    ['1.8.9 -> 1.9.0', true],
    ['1.7.24 -> 1.9.0-dev', true],
    ['1.9.2 -> 1.8.9', true],
    ['1.8.10 -> 1.9.0', false],
    ['1.8.9 -> 1.8.12', false],
    ['1.9.0 -> 1.9.1', false],
  ])('of Phoenix (%s) warns of the long-poll token: %s', (detail, warns) => {
    const findings = [{ code: 'dependency_changed', what: 'phoenix', detail }]
    const told = warns ? ['dependency_changed', 'long_poll_token'] : ['dependency_changed']
    expect(codes({ comparison: { findings } })).toEqual(told)
    expect(
      codes({ comparison: { findings: findings.map(one => ({ ...one, what: 'phoenix_html' })) } }),
    ).toEqual(['dependency_changed'])
  })

  it.each([
    ['1.4.5 -> 1.4.6', 'the dependency jason changed (1.4.5 -> 1.4.6)'],
    ['1.1.33 -> 1.1.33', 'the dependency jason compiles to other code (still 1.1.33)'],
    ['', 'the dependency jason changed'],
  ])('reports how a dependency changed: %j', (detail, text) => {
    const findings = [{ code: 'dependency_changed', what: 'jason', detail }]
    expect(decided({ comparison: { findings } }).reasons).toMatchObject([{ text }])
  })

  it.each(ofWeight('cannot'))('is a swap for %s, even if hot is requested', code => {
    for (const asked of ['auto', 'hot'] as const) {
      const plan = decided({ asked, comparison: { findings: [found(code)] } })
      expect(plan).toMatchObject({ mode: 'swap', reasons: [{ code }] })
      expect(plan.reasons[0]?.text).not.toMatch(/undefined|^\s*$/)
    }
  })

  it.each(ofWeight('doubt'))('is a swap for the doubt %s, unless hot is requested', code => {
    const given = { comparison: { findings: [found(code)] } }
    expect(decided(given)).toMatchObject({ mode: 'swap', reasons: [{ code }] })
    expect(decided({ ...given, asked: 'hot' })).toMatchObject({ mode: 'hot' })
    expect(codes({ ...given, asked: 'hot' })).toEqual([code, 'hot'])
  })

  it('lists all reasons against hot, and only the impossible ones if hot is requested', () => {
    const given = { comparison: { findings: [found('struct_changed'), found('vm_args_changed')] } }
    expect(codes(given)).toEqual(['struct_changed', 'vm_args_changed'])
    expect(codes({ ...given, asked: 'hot' })).toEqual(['vm_args_changed'])
  })

  it('is a swap for an unknown finding', () => {
    const given = { asked: 'hot', comparison: { findings: [found('from_the_future')] } } as const
    expect(decided(given).mode).toBe('swap')
  })

  it('is a swap if a variable would change, even if no code changed', () => {
    const given = { environment: ['POOL_SIZE', 'THEME'], comparison: nothing }
    expect(decided(given).mode).toBe('swap')
    expect(texts(given)).toEqual([
      expect.stringMatching(/^POOL_SIZE was set/),
      expect.stringMatching(/^THEME was set/),
    ])
  })
})

describe('the configuration', () => {
  const config = [
    { app: 'shop', key: ':currency' },
    { app: 'shop', key: 'Shop.Repo' },
  ]

  it('makes a swap when a value changed, and names it as in config.exs', () => {
    const plan = decided({ preview: { config } })
    expect(plan.mode).toBe('swap')
    expect(plan.reasons.map(({ text }) => text)).toEqual([
      'config :shop, :currency changed',
      'config :shop, Shop.Repo changed',
    ])
    expect(plan.config).toEqual([':shop, :currency', ':shop, Shop.Repo'])
  })

  it('makes a swap if the new release cannot be read', () => {
    const given = { preview: { failed: 'runtime.exs raised' }, asked: 'hot' } as const
    expect(decided(given)).toMatchObject({ mode: 'swap', reasons: [{ code: 'unknown' }], config: [] })
    expect(texts(given).join()).toContain('runtime.exs raised')
  })
})

describe('supervisors', () => {
  it('let children start and stop hot', () => {
    const supervisors = [{ ...supervisor, added: ['Shop.Till'], removed: ['Shop.Desk'] }]
    const plan = decided({ preview: { supervisors } })
    expect(plan).toMatchObject({
      mode: 'hot',
      children: { started: ['Shop.Till'], stopped: ['Shop.Desk'] },
    })
    expect(plan.reasons.map(({ text }) => text)).toEqual([
      '1 module (Shop.Cart)',
      '1 child starts: Shop.Till',
      '1 child stops: Shop.Desk',
    ])
  })

  it.each<[string, Partial<SupervisorChange>, string]>([
    ['a child is started in another way', { changed: ['Shop.Till'] }, 'children_changed'],
    ['the strategy or limits changed', { flags: true }, 'supervisor_changed'],
    ['a new child starts by a closure of new code', { closures: ['Shop.Till'] }, 'child_mixes'],
  ])('make a swap when %s', (_, change, code) => {
    const given = { preview: { supervisors: [{ ...supervisor, ...change }] } }
    expect(codes(given)).toEqual([code])
    expect(decided({ ...given, asked: 'hot' }).mode).toBe('swap')
  })

  it('make a swap when a new child needs code that changes, and only then', () => {
    const supervisors = [{ ...supervisor, added: ['Shop.Till'], modules: ['Shop.Till'] }]
    expect(codes({ preview: { supervisors }, comparison: { mixing: ['Shop.Till'] } })).toEqual([
      'child_mixes',
    ])
    expect(decided({ preview: { supervisors }, comparison: { mixing: ['Shop.Desk'] } }).mode).toBe('hot')
  })

  it('make a swap if a supervisor with unknown children changed', () => {
    const changed = { supervisors: ['Shop.Workers', 'Shop.Desks'] }
    const given = { comparison: changed, preview: { known: ['Shop.Desks'] } }
    expect(decided(given).reasons).toEqual([
      { code: 'supervisor_changed', text: expect.stringContaining('Shop.Workers') },
    ])
    expect(decided({ ...given, preview: { known: changed.supervisors } }).mode).toBe('hot')
  })

  it('make no swap if an unchanged supervisor has unknown children', () => {
    expect(decided({ preview: { unknown: ['Shop.Workers'] } }).mode).toBe('hot')
  })
})

describe('Application.start/2', () => {
  const start = (pure: boolean) => ({ starts: [{ app: 'shop', pure, detail: 'Shop.warm/0' }] })

  it('makes a swap if it does more than list children, unless hot is requested', () => {
    const given = { comparison: start(false) }
    expect(decided(given)).toMatchObject({ mode: 'swap', reasons: [{ code: 'start_changed' }] })
    expect(texts(given).join()).toContain('Shop.warm/0')
    expect(decided({ ...given, asked: 'hot' }).mode).toBe('hot')
  })

  it('can change hot if it only lists children, and all are known', () => {
    expect(decided({ comparison: start(true) }).mode).toBe('hot')
    expect(codes({ comparison: start(true), preview: { unknown: ['shop'] } })).toEqual(['start_changed'])
  })
})

describe('the running node', () => {
  it('makes a swap if it does not answer, or refuses', () => {
    expect(codes({ node: { failed: 'no answer' }, asked: 'hot' })).toEqual(['unreachable'])
    expect(codes({ node: { findings: [found('loop')] }, asked: 'hot' })).toEqual(['loop'])
    expect(codes({ node: { pending: true }, asked: 'hot' })).toEqual(['busy'])
  })

  it('makes a swap after the maximum number of hot upgrades, not before', () => {
    expect(decided({ node: { generation: 19 } }).mode).toBe('hot')
    expect(codes({ node: { generation: 20 } })).toEqual(['generations'])
    expect(codes({ node: { generation: 0 }, maxGenerations: 0 })).toEqual(['generations'])
    expect(texts({ node: { generation: 3 }, maxGenerations: 2 }).join()).toContain('3 hot upgrades')
  })

  it('reports how many processes of each module migrate', () => {
    const comparison = { migrating: ['Shop.Cart', 'Shop.Desk'] }
    const plan = decided({ comparison, node: { processes: [{ module: 'Shop.Cart', count: 3 }] } })
    expect(plan.migrations).toEqual([
      { module: 'Shop.Cart', processes: 3 },
      { module: 'Shop.Desk', processes: 0 },
    ])
    expect(plan.reasons.map(({ text }) => text)).toContain('3 processes migrate by code_change/3')
  })
})

describe('the summary of a hot upgrade', () => {
  it('marks modules that come and go by + and -', () => {
    expect(texts({ comparison: { added: ['Shop.Till'], removed: ['Shop.Desk'] } })).toEqual([
      '3 modules (Shop.Cart, +Shop.Till, -Shop.Desk)',
    ])
  })

  it('names five modules at most', () => {
    const changed = ['A', 'B', 'C', 'D', 'E']
    expect(texts({ comparison: { changed } })).toEqual(['5 modules (A, B, C, D, E)'])
    expect(texts({ comparison: { changed: [...changed, 'F'] } })).toEqual(['6 modules (A, B, C, D, E, ...)'])
  })

  it('names static files or a version if only that changed', () => {
    expect(texts({ comparison: { ...nothing, static: true } })).toEqual(['static files'])
    expect(texts({ comparison: { changed: [], apps: ['shop'] } })).toEqual(['the version of shop'])
  })
})
