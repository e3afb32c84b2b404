import { describe, expect, it } from 'vitest'
import { stepHooks } from '../../src/core/hook.js'
import { lists as phoenix } from '../../src/stacks/phoenix/lists.js'
import { createWorld, type Death, type Fate, type World } from './world.js'

/**
 * Tries every way to cut a deploy short, because a deploy must work or change nothing. The steps, the pipeline and the
 * rules for converging and for interrupted runs are real. The machine under them is a model, so that a process can die
 * before and after each change. The process that cleans up can die in the same way.
 */
type Task = 'deploy' | 'upgrade' | 'rollback'
interface Case {
  readonly task: Task
  readonly mode: Fate['mode']
}

const cases: readonly Case[] = [
  { task: 'deploy', mode: 'swap' },
  { task: 'upgrade', mode: 'swap' },
  { task: 'upgrade', mode: 'hot' },
  { task: 'rollback', mode: 'swap' },
  { task: 'rollback', mode: 'hot' },
]

const lives = (mode: Fate['mode']): Fate => ({ mode, failing: null, death: null })

/** Returns the world before such a deploy, and the release that the deploy goes to. */
const worldBefore = async ({ task }: Case): Promise<{ world: World; from: number | null; to: number }> => {
  const world = createWorld()
  if (task === 'deploy') return { world, from: null, to: 1 }
  await world.deploy('deploy', 1, lives('swap'))
  await world.deploy('upgrade', 2, lives('swap'))
  return { world, from: 2, to: task === 'rollback' ? 1 : 3 }
}

/** Expects what must hold while no deploy runs. */
const expectWhole = (world: World, release: number | null): void => {
  const { state } = world
  const live = world.serving()
  expect(world.answers()).toBe(release)
  expect(live?.release ?? null).toBe(release)
  if (release === null) {
    expect({ ...state, releases: [...state.releases], failed: [] }).toMatchObject({
      releases: [],
      site: null,
      route: null,
      definition: null,
    })
    expect(state.instances.size).toBe(0)
    return
  }
  const { domains, max_body, limits } = world.facts(release)
  expect(state.current).toBe(release)
  expect(state.releases.get(release)).toBe('whole')
  expect([...state.releases.values()].every(folder => folder === 'whole')).toBe(true)
  expect([...state.instances]).toEqual([
    [live?.slot, expect.objectContaining({ code: release, enabled: true, pending: false })],
  ])
  expect([...state.instances.values()][0]?.port).toBe(state.route)
  expect(state.configs.has(live?.config ?? 0)).toBe(true)
  expect(state.site).toMatchObject({ domains: [domains], maxBody: max_body })
  expect(state.definition).toMatchObject({ limits })
}

/** Expects that the next push works after the last one. */
const expectNextPush = async (world: World, mode: Fate['mode']): Promise<void> => {
  const task = world.serving() ? 'upgrade' : 'deploy'
  expect(await world.deploy(task, 9, lives(mode))).toBe('ok')
  expectWhole(world, 9)
}

/** Counts the effects of a process that nothing cuts short. */
const effectsOf = async (one: Case, failing: string | null): Promise<number> => {
  const { world, to } = await worldBefore(one)
  await world.deploy(one.task, to, { mode: one.mode, failing, death: null })
  return world.effects()
}

const deaths = (effects: number): Death[] =>
  Array.from({ length: effects }, (_, index) => index + 1).flatMap(at => [
    { at, when: 'before' as const },
    { at, when: 'after' as const },
  ])

const hooksOf = (task: Task): string[] =>
  phoenix[task].flatMap(({ name }) => stepHooks(name).filter(hook => !hook.startsWith('on_error')))

describe.each(cases)('$task ($mode)', one => {
  it('serves the old version until the new one answers, then only the new one', async () => {
    const { world, from, to } = await worldBefore(one)
    const seen: (number | null)[] = []
    world.onEffect(() => seen.push(world.answers()))
    expect(await world.deploy(one.task, to, lives(one.mode))).toBe('ok')
    const first = seen.indexOf(to)
    expect(seen.slice(0, first).every(release => release === from)).toBe(true)
    expect(seen.slice(first).every(release => release === to)).toBe(true)
    expectWhole(world, to)
    await expectNextPush(world, one.mode)
  })

  it('changes nothing when a hook fails', async () => {
    for (const failing of hooksOf(one.task)) {
      const { world, from, to } = await worldBefore(one)
      let gap = false
      world.onEffect(() => {
        if (from !== null && world.answers() === null) gap = true
      })
      expect(await world.deploy(one.task, to, { mode: one.mode, failing, death: null }), failing).toBe(
        'failed',
      )
      expect(gap, failing).toBe(false)
      expectWhole(world, from)
      await expectNextPush(world, one.mode)
    }
  })

  it.each(['its process is killed', 'the machine goes down'])(
    'ends with one of both versions if %s, even during undo or cleanup',
    async what => {
      let tried = 0
      // The last hook leaves the most to undo.
      for (const failing of [null, hooksOf(one.task).at(-1) ?? null]) {
        for (const death of deaths(await effectsOf(one, failing))) {
          for (let cut = 0, recovering: Death[] = []; cut <= recovering.length; cut++) {
            const { world, from, to } = await worldBefore(one)
            let gap = false
            world.onEffect(() => {
              if (from !== null && world.answers() === null) gap = true
            })
            const ended = await world.deploy(one.task, to, { mode: one.mode, failing, death })
            if (what === 'the machine goes down') world.powerCut()
            else expect(gap, JSON.stringify({ failing, death })).toBe(false)
            world.onEffect(() => {})
            const committed = world.serving()?.release === to
            const dying = { task: one.task, release: to }
            if (cut > 0) {
              await world.recover(dying, recovering[cut - 1] ?? null)
              // The process that cleans up also runs the apps, so they go down with it.
              world.powerCut()
            }
            expect(await world.recover(dying)).toBe('done')
            if (cut === 0) recovering = deaths(world.effects())
            expect(ended).toBe('crashed')
            expectWhole(world, committed ? to : from)
            // The cleanup must keep the older release that the rollback went to.
            if (one.task === 'rollback') expect(world.state.releases.has(to)).toBe(true)
            await expectNextPush(world, one.mode)
            tried++
          }
        }
      }
      expect(tried).toBeGreaterThan(250)
    },
  )
})

describe('a hot upgrade that cannot be reverted in place', () => {
  it('is undone by starting the old release beside it', async () => {
    const one: Case = { task: 'upgrade', mode: 'hot' }
    const { world, from, to } = await worldBefore(one)
    const failing = 'after_configure_nginx'
    const ended = await world.deploy('upgrade', to, { mode: 'hot', failing, death: null, stuck: true })
    expect(ended).toBe('failed')
    expectWhole(world, from)
    await expectNextPush(world, 'hot')
  })
})
