import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ownerOf } from '../../src/state/owner.js'
import { edit } from '../corpus/pair.js'
import { failureOf } from '../helpers/failure.js'
import { until } from '../helpers/world.js'
import { both, callerNames, createLab, type LabApp, migrating, saying, stateOf, underLoad } from './lab.js'

const folder = mkdtempSync(join(tmpdir(), 'gatling-recovery-'))
afterAll(() => close())

const router = 'lib/counter/router.ex'
const first = 'Hello from version one'

const { release, withApp, close } = createLab(folder, {
  base: {},
  second: saying('second'),
  migrates: both(saying('migrates'), migrating()),
  slow: both(saying('slow'), migrating('Process.sleep(4_000); if number == 13, do: raise("unlucky")')),
  ill: both(saying('ill'), migrating(), {
    edits: [
      edit(
        router,
        '  defp route("GET", ["version"]',
        '  defp route("GET", ["boom"], _request), do: raise("boom")\n\n  defp route("GET", ["version"]',
      ),
      edit(
        'lib/counter/workers/brewer.ex',
        'do: {:reply, product, product}',
        'do: {:reply, String.upcase(product), product}',
      ),
    ],
  }),
  unhealthy: both(saying('unhealthy'), migrating(), {
    edits: [edit(router, 'do: text(200, "ok")', 'do: text(500, "ill")')],
  }),
  turning: both(saying('turning'), migrating(), {
    edits: [
      edit(
        router,
        'do: text(200, "ok")',
        'do: if(:persistent_term.get(:ill, false), do: text(500, "ill"), else: text(200, "ok"))',
      ),
    ],
  }),
})

/** With this setting a watch lasts 6 s at least. */
const longMs = 24_000

const installed = (app: LabApp) => until(() => app.notes.join().includes('watching it'), 'the new code')

/** Upgrades, and does some work once the new code runs. @returns the failure. */
const during = async (app: LabApp, release: number, work: () => Promise<unknown>) => {
  const failure = failureOf(() => app.upgradeTo(release))
  await installed(app)
  await work()
  return failure
}

/** Plans and installs by another deploy, which lives until `end`. */
const installBy = async (app: LabApp, release: number) => {
  const deploy = spawn('sleep', ['60'])
  const engine = app.engineOf(ownerOf(deploy.pid ?? 0))
  const change = await app.changeTo(release)
  await engine.compare(change)
  await engine.preview(change)
  expect((await engine.install(change)).findings).toEqual([])
  return { end: () => deploy.kill('SIGKILL') }
}

const isDone = (app: LabApp) =>
  until(async () => (await app.ask('whereis(gatling_node)')) === 'undefined', 'the end of the upgrade')

describe('a deploy that dies', () => {
  it('while it waits for the node leaves the node as it was', () =>
    withApp(['base', 'slow', 'migrates'], async app => {
      await app.startCells(1, 3)
      const before = await stateOf(app)
      await underLoad(app, async () => {
        const failure = failureOf(() => app.upgradeTo(2))
        await until(async () => (await app.ask('whereis(gatling_node)')) !== 'undefined', 'the upgrade')
        for (const pid of app.callers()) process.kill(pid, 'SIGKILL')
        expect((await failure).code).toBe('COMMAND_FAILED')
      })
      expect(await stateOf(app)).toEqual(before)
      expect(app.live().slot).toBe('a')
      expect((await underLoad(app, () => app.upgradeTo(3))).mode).toBe('hot')
      expect(await app.greeting()).toBe('migrates')
    }))

  it('during a failing migration leaves the node as it was', () =>
    withApp(['base', 'slow'], async app => {
      await app.startCells(13, 13)
      const before = await stateOf(app)
      await underLoad(app, async () => {
        const failure = failureOf(() => app.upgradeTo(2))
        await until(async () => (await app.ask('whereis(gatling_node)')) !== 'undefined', 'the upgrade')
        for (const pid of app.callers()) process.kill(pid, 'SIGKILL')
        expect((await failure).code).toBe('COMMAND_FAILED')
      })
      expect(await stateOf(app)).toEqual(before)
      expect(app.live().slot).toBe('a')
    }))

  it('before the flip of current makes the node revert by itself', () =>
    withApp(['base', 'migrates'], async app => {
      await app.startCells(1, 3)
      await app.increment()
      const { cells, pid, tally } = await stateOf(app)
      await underLoad(app, async () => {
        const deploy = await installBy(app, 2)
        expect(await app.greeting()).toBe('migrates')
        expect(await app.cells()).toContain('#{number => 1}')
        deploy.end()
        await isDone(app)
      })
      expect(await app.greeting()).toBe(first)
      expect(await stateOf(app)).toMatchObject({ cells, pid, tally })
      expect((await underLoad(app, () => app.upgradeTo(2))).mode).toBe('hot')
    }))

  it('after the flip of current makes the node keep the new release', () =>
    withApp(['base', 'migrates'], async app => {
      await app.startCells(1, 3)
      await underLoad(app, async () => {
        const deploy = await installBy(app, 2)
        app.flip(2)
        deploy.end()
        await isDone(app)
      })
      expect(await app.greeting()).toBe('migrates')
      expect(await app.cells()).toContain('#{number => 1}')
      expect(await app.ask('os:getenv("RELEASE_ROOT")')).toContain(await release('migrates'))
      expect(await app.number('element(2, application:get_env(gatling, generation))')).toBe(1)
    }))
})

describe('a killed node', () => {
  it('boots the old release during the watch', () =>
    withApp(
      ['base', 'second'],
      async app => {
        const failure = await during(app, 2, async () => process.kill(await app.pid(), 'SIGKILL'))
        expect(failure.code).toBe('DIED_SOON')
        await app.answers(first)
        expect(app.live().release).toBe(1)
        expect((await underLoad(app, () => app.upgradeTo(2))).mode).toBe('hot')
      },
      { watch: longMs },
    ))

  it('boots the new release after the watch', () =>
    withApp(['base', 'second'], async app => {
      await app.upgradeTo(2)
      const pid = await app.pid()
      process.kill(pid, 'SIGKILL')
      await until(async () => (await app.pid().catch(() => pid)) !== pid, 'another process')
      await app.answers('second')
    }))
})

describe('a node that restarts itself', () => {
  it('boots the old release during the watch', () =>
    withApp(
      ['base', 'second'],
      async app => {
        const failure = await during(app, 2, () => app.ask('init:restart()'))
        expect(failure.code).toBe('UNHEALTHY_UPGRADE')
        await app.answers(first)
      },
      { watch: longMs },
    ))

  it('boots the new release after the watch', () =>
    withApp(['base', 'second', 'migrates'], async app => {
      await app.upgradeTo(2)
      await app.increment()
      const pid = await app.pid()
      await app.ask('init:restart()')
      await until(
        () =>
          app.ask("sys:get_state('Elixir.Counter.Tally')").then(
            count => count === '0',
            () => false,
          ),
        'a restart',
      )
      await app.answers('second')
      expect(await app.pid()).toBe(pid)
      expect(await app.ask('os:getenv("RELEASE_ROOT")')).toContain(await release('second'))
      await app.startCells(1, 3)
      expect((await underLoad(app, () => app.upgradeTo(3))).mode).toBe('hot')
      expect(await app.greeting()).toBe('migrates')
    }))
})

describe('an upgrade during another', () => {
  it('is refused, and the other completes', () =>
    withApp(['base', 'slow'], async app => {
      await app.startCells(1, 3)
      await underLoad(app, async () => {
        const upgrade = app.upgradeTo(2)
        await until(async () => (await app.ask('whereis(gatling_node)')) !== 'undefined', 'the upgrade')
        const { ok, findings } = await app.newEngine().install(await app.changeTo(2))
        expect({ ok, codes: findings.map(({ code }) => code) }).toEqual({ ok: false, codes: ['busy'] })
        expect((await upgrade).mode).toBe('hot')
      })
      expect(await app.cells()).toBe('[#{number => 1},#{number => 2},#{number => 3}]')
      expect((await stateOf(app)).leftovers).toBe('[]')
    }))
})

describe('the watch of a hot upgrade', () => {
  const failing = (about: string, version: string, work: (app: LabApp) => Promise<unknown>, says: string) =>
    it(about, () =>
      withApp(
        ['base', version, 'migrates'],
        async app => {
          await app.startCells(1, 3)
          await app.increment()
          const before = await stateOf(app)
          const failure = await underLoad(app, () => during(app, 2, () => work(app)))
          expect(failure.code).toBe('UNHEALTHY_UPGRADE')
          expect(failure.message).toContain(says)
          expect(await stateOf(app)).toEqual(before)
          expect(app.live().slot).toBe('a')
          expect(await app.increment()).toBe(2)
          expect((await underLoad(app, () => app.upgradeTo(3))).mode).toBe('hot')
          expect(await app.cells()).toBe('[#{number => 1},#{number => 2},#{number => 3}]')
          expect(await app.increment()).toBe(3)
        },
        { watch: 6_000 },
      ),
    )

  failing(
    'reverts it when requests crash in changed code',
    'ill',
    async app => {
      for (let times = 0; times < 4; times++) await app.show('/boom').catch(() => {})
    },
    '** (RuntimeError) boom, in Counter.',
  )
  failing(
    'reverts it when a child dies',
    'ill',
    app => app.ask("catch gen_server:call('Elixir.Counter.Workers.Brewer', product)"),
    'Counter.Workers.Brewer died',
  )
  failing('reverts it when it is unhealthy', 'unhealthy', async () => {}, 'status 500')

  it('starts the old release beside it if it cannot be reverted in place', () =>
    withApp(
      ['base', 'turning', 'migrates'],
      async app => {
        await app.startCells(1, 3)
        const failure = await during(app, 2, async () => {
          await app.startCells(4, 4)
          await app.ask('persistent_term:put(ill, true)')
        })
        expect(failure.code).toBe('UNHEALTHY_UPGRADE')
        expect(app.live()).toMatchObject({ slot: 'b', release: 1 })
        expect(app.routed.at(-1)).toBe(app.live().port)
        expect(await app.greeting()).toBe(first)
        expect((await app.services.list()).map(({ slot }) => slot)).toEqual(['b'])
        expect((await underLoad(app, () => app.upgradeTo(3))).mode).toBe('hot')
      },
      { watch: 6_000 },
    ))
})

describe('many upgrades in a row', () => {
  const sizes = (app: LabApp) =>
    app.ask(
      '[erlang:system_info(atom_count), length(ets:all()), length(code:all_loaded()), length([M || {M, _} <- code:all_loaded(), lists:prefix("gatling_", atom_to_list(M)) orelse erlang:check_old_code(M)])]',
    )
  const processes = (app: LabApp) => app.number('erlang:system_info(process_count)')
  const memory = (app: LabApp) =>
    app.number('begin [garbage_collect(P) || P <- processes()], erlang:memory(total) end')

  it('leave nothing behind', () =>
    withApp(
      ['base', 'second'],
      async app => {
        const round = async (): Promise<void> => {
          for (const to of [2, 1]) {
            const { mode } = await app.upgradeTo(to)
            expect({ mode, to }).toEqual({ mode: 'hot', to })
          }
        }
        // The name of each caller stays in the node as an atom.
        for (let name = 0; name < callerNames; name++) {
          await app.ask('ok', `gatling${name}`)
          await app.ask('ok')
        }
        await round()
        await round()
        await memory(app)
        const before = { sizes: await sizes(app), processes: await processes(app), memory: await memory(app) }
        await underLoad(app, async () => {
          for (let times = 0; times < 15; times++) await round()
        })
        const settled = () => processes(app).then(count => count <= before.processes)
        await until(settled, 'its connections to close')
        expect(await sizes(app)).toBe(before.sizes)
        expect((await memory(app)) - before.memory).toBeLessThan(8 << 20)
      },
      { watch: 0 },
    ))
})
