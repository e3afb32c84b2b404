import { appendFileSync, mkdtempSync, readdirSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { planUpgrade } from '../../src/stacks/phoenix/upgrade/plan.js'
import { edit } from '../corpus/pair.js'
import { failureOf } from '../helpers/failure.js'
import { must, root } from '../helpers/world.js'
import { both, createLab, type LabApp, migrating, saying, stateOf, underLoad } from './lab.js'

const folder = mkdtempSync(join(tmpdir(), 'gatling-failures-'))
afterAll(() => close())

const child = (name: string, init: string): string => `defmodule Counter.${name} do
  use GenServer

  def start_link(_opts), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_arg), do: ${init}
end
`

/** Loads the engine's modules into the node, which has them only during an upgrade. */
const loadEngine = async (app: LabApp): Promise<void> => {
  const sources = readdirSync(join(root, 'erlang'))
    .filter(name => name.endsWith('.erl'))
    .map(name => join(root, 'erlang', name))
  await must(['erlc', '-o', folder, ...sources])
  const modules = sources.map(source => `"${join(folder, basename(source, '.erl'))}"`)
  await app.ask(`[code:load_abs(Module) || Module <- [${modules}]]`)
}

/** Asks the engine about closures of old code. @param told what the VM reports about closures, as on another OTP */
const keptClosures = (app: LabApp, told: string): Promise<string> =>
  app.ask(`gatling_closures:kept(['Elixir.Counter.Closures'], ${told})`)

/** Lists the processes that keep a closure of old code, as the engine finds them. */
const keepers = async (app: LabApp): Promise<string> => {
  await loadEngine(app)
  return app.ask(
    "begin {ok, Known} = application:get_env(gatling, closures), gatling_keepers:of_closures(maps:to_list(maps:with(['Elixir.Counter.Closures'], Known))) end",
  )
}

const withoutDistribution = async (dir: string): Promise<void> =>
  appendFileSync(join(dir, 'releases/0.1.0/env.sh'), '\nexport RELEASE_DISTRIBUTION=none\n')

const damaged = async (dir: string): Promise<void> =>
  truncateSync(join(dir, 'lib/counter-0.1.0/ebin/Elixir.Counter.Nap.beam'), 200)

const { withApp, close } = createLab(folder, {
  base: {},
  second: saying('second'),
  third: saying('third'),
  silent: { release: withoutDistribution },
  silentSecond: { ...saying('second'), release: withoutDistribution },
  damaged: { ...saying('damaged'), release: damaged },
  raises: both(saying('raises'), migrating('if number == 13, do: raise("unlucky")')),
  migrates: both(saying('migrates'), migrating()),
  ticker: both(saying('ticker'), { edits: [edit('lib/counter/ticker.ex', '50', '40')] }),
  // One of these children starts only in a new instance.
  children: both(saying('children'), {
    files: {
      'lib/counter/willing.ex': child('Willing', '{:ok, nil}'),
      'lib/counter/unwilling.ex': child(
        'Unwilling',
        'if(System.get_env("GATLING_REVISION") == "revision-1", do: {:stop, :too_early}, else: {:ok, nil})',
      ),
    },
    edits: [
      edit(
        'lib/counter/application.ex',
        '        Counter.Workers,\n',
        '        Counter.Workers,\n        Counter.Willing,\n        Counter.Unwilling,\n',
      ),
    ],
  }),
  dependency: both(saying('dependency'), {
    files: {
      'deps/sour/mix.exs': `defmodule Sour.MixProject do
  use Mix.Project

  def project, do: [app: :sour, version: "1.0.0", elixir: "~> 1.12", deps: []]

  def application, do: [extra_applications: [:logger], mod: {Sour, []}]
end
`,
      'deps/sour/lib/sour.ex': `defmodule Sour do
  use Application

  @impl true
  def start(_type, _args), do: {:error, :sour}
end
`,
    },
    edits: [edit('mix.exs', '      {:money,', '      {:sour, path: "deps/sour"},\n      {:money,')],
  }),
})

/** Does some work, and expects that it leaves no trace in the node. */
const untouched = async <Result>(app: LabApp, work: () => Promise<Result>): Promise<Result> => {
  const before = await stateOf(app)
  const result = await underLoad(app, work)
  expect(await stateOf(app)).toEqual(before)
  return result
}

const codesOf = (found: readonly { readonly code: string }[]): string[] => found.map(({ code }) => code)

const planned = async (app: LabApp, to: number) => {
  const { mode, reasons } = await app.plan(to)
  return { mode, reasons: codesOf(reasons) }
}

/** Plans an upgrade, then installs it even if the plan is against it. */
const install = async (app: LabApp, to: number) => {
  const change = await app.changeTo(to)
  await app.plan(to)
  return app.newEngine().install(change)
}

describe('a migration that fails', () => {
  it('keeps the state of every process, and the next release upgrades hot', () =>
    withApp(['base', 'raises', 'migrates'], async app => {
      await app.startCells(14, 200)
      await app.startCells(13, 13)
      await app.increment()
      const failure = await untouched(app, () => failureOf(() => app.upgradeTo(2)))
      expect(failure.code).toBe('MIGRATION_FAILED')
      expect(failure.message).toContain(
        '** (RuntimeError) unlucky, in Counter.Cell.code_change/3 (lib/counter/cell.ex:',
      )
      expect(await app.increment()).toBe(2)
      const pid = await app.pid()
      expect((await underLoad(app, () => app.upgradeTo(3))).mode).toBe('hot')
      expect(await app.pid()).toBe(pid)
      expect(await app.greeting()).toBe('migrates')
      expect(await app.cells()).toContain('#{number => 13},#{number => 14}')
      expect(await app.increment()).toBe(3)
    }))
})

describe('a process that is too busy to migrate', () => {
  const block = (app: LabApp) =>
    app.ask(
      "begin {ok, P} = 'Elixir.GenServer':start('Elixir.Counter.Cell', 1), register(busy, P), spawn(fun() -> gen_server:call(P, block, infinity) end), ok end",
    )

  /** Calls a process that is not busy again and again, and measures the longest call in ms. */
  const measureCalls = (app: LabApp) =>
    app.ask(
      `begin
        {ok, P} = 'Elixir.GenServer':start('Elixir.Counter.Cell', 6),
        Now = fun() -> erlang:monotonic_time(millisecond) end,
        register(meter, spawn(fun() -> (fun Call(Most) ->
          receive {stop, From} -> From ! Most
          after 1 ->
            Began = Now(),
            _ = gen_server:call(P, number, infinity),
            Call(max(Most, Now() - Began))
          end
        end)(0) end)),
        ok
      end`,
    )

  it('does not block others, and continues when it can', () =>
    withApp(['base', 'migrates'], async app => {
      await app.startCells(2, 5)
      const cells = await app.cells()
      await block(app)
      await measureCalls(app)
      const { ok, findings } = await underLoad(app, () => install(app, 2))
      expect(await app.number('begin meter ! {stop, self()}, receive Most -> Most end end')).toBeLessThan(
        2_000,
      )
      expect({ ok, codes: codesOf(findings) }).toEqual({ ok: false, codes: ['process_busy'] })
      expect(await app.greeting()).toBe('Hello from version one')
      await app.ask('busy ! go')
      expect(await app.number('gen_server:call(busy, number)')).toBe(1)
      expect(await app.cells()).toBe(cells.replace('[', '[1,').replace(']', ',6]'))
    }))

  it('makes the upgrade a swap, or fails it if only hot is allowed', () =>
    withApp(['base', 'migrates'], async app => {
      await block(app)
      const pid = await app.pid()
      const failure = await underLoad(app, () => failureOf(() => app.upgradeTo(2, 'hot')))
      expect(failure.code).toBe('HOT_IMPOSSIBLE')
      expect(await app.pid()).toBe(pid)
      expect(app.live().slot).toBe('a')
      expect((await app.upgradeTo(2)).mode).toBe('swap')
      expect(app.notes.join()).toContain('too busy')
      expect(await app.greeting()).toBe('migrates')
    }))
})

describe('a start that fails in a hot upgrade', () => {
  it('is undone for a child, and a swap follows', () =>
    withApp(['base', 'children'], async app => {
      await app.increment()
      const { ok, findings } = await untouched(app, () => install(app, 2))
      expect({ ok, codes: codesOf(findings) }).toEqual({ ok: false, codes: ['child_failed'] })
      expect(findings[0]?.what).toBe('Counter.Unwilling')
      expect((await app.upgradeTo(2)).mode).toBe('swap')
      expect(await app.greeting()).toBe('children')
    }))

  it('is undone for a dependency, even if the swap fails, too', () =>
    withApp(
      ['base', 'dependency', 'second'],
      async app => {
        await app.increment()
        expect(await planned(app, 2)).toMatchObject({ mode: 'hot' })
        const failure = await untouched(app, () => failureOf(() => app.upgradeTo(2)))
        expect(failure.code).toBe('BOOT_CRASH')
        expect(app.notes.join()).toContain('sour did not start')
        expect(app.live().slot).toBe('a')
        expect((await underLoad(app, () => app.upgradeTo(3))).mode).toBe('hot')
        expect(await app.increment()).toBe(2)
      },
      { dependencies: 'hot' },
    ))
})

describe('a swap that stops the old version first', () => {
  it('never runs both, and restarts the old one if the new one fails', () =>
    withApp(
      ['base', 'second', 'dependency'],
      async app => {
        const beside: number[] = []
        const { start } = app.services
        app.services.start = async instance => {
          beside.push((await app.services.list()).length)
          await start(instance)
        }
        expect((await app.upgradeTo(2, 'swap')).mode).toBe('swap')
        expect(await app.greeting()).toBe('second')
        expect((await failureOf(() => app.upgradeTo(3, 'swap'))).code).toBe('BOOT_CRASH')
        expect(beside).toEqual([0, 0, 0])
        await app.answers('second')
        expect(app.notes.join()).toMatch(/nothing answered for [\d.]+ s/)
      },
      { stopFirst: true },
    ))
})

describe('old code that is still used', () => {
  it('by a sleeping process stays until it wakes up, then the upgrade is hot', () =>
    withApp(['base', 'second', 'third'], async app => {
      await app.ask("register(sleeper, spawn('Elixir.Counter.Nap', wait, []))")
      expect((await app.upgradeTo(2)).mode).toBe('hot')
      expect(app.notes.join()).toContain('still uses the code of Counter.Nap')
      expect(await planned(app, 3)).toEqual({ mode: 'swap', reasons: ['old_code_used'] })
      const { ok, findings } = await untouched(app, () => install(app, 3))
      expect({ ok, codes: codesOf(findings) }).toEqual({ ok: false, codes: ['old_code_used'] })
      expect(await app.ask('is_process_alive(whereis(sleeper))')).toBe('true')
      await app.ask('sleeper ! go')
      expect((await underLoad(app, () => app.upgradeTo(3))).mode).toBe('hot')
      expect(await app.greeting()).toBe('third')
    }))

  it('by a sleeping process makes the second upgrade a swap', () =>
    withApp(['base', 'second', 'third'], async app => {
      await app.ask("register(sleeper, spawn('Elixir.Counter.Nap', wait, []))")
      expect((await app.upgradeTo(2)).mode).toBe('hot')
      expect((await app.upgradeTo(3)).mode).toBe('swap')
      expect(await app.greeting()).toBe('third')
    }))

  it('by a stored closure makes a swap until the closure is gone', () =>
    withApp(['base', 'second', 'third'], async app => {
      await app.ask("'Elixir.Counter.Closures':keep_in_table(2)")
      expect((await app.upgradeTo(2)).mode).toBe('hot')
      expect(await planned(app, 3)).toEqual({ mode: 'swap', reasons: ['closure_stored'] })
      await app.ask("ets:delete('Elixir.Counter.Board', closure)")
      expect(await planned(app, 3)).toMatchObject({ mode: 'hot' })
      await app.ask("'Elixir.Counter.Closures':keep_in_term()")
      expect((await app.upgradeTo(3)).mode).toBe('hot')
      expect(await planned(app, 2)).toEqual({ mode: 'swap', reasons: ['closure_stored'] })
      expect(await app.ask('(persistent_term:get(closure))()')).toBe('<<"kept, second">>')
    }))

  it.each(['awake', 'a view asleep', 'large', 'unread'])(
    'by a closure in a process (%s) makes a swap until the process ends',
    how =>
      withApp(['base', 'second', 'third'], async app => {
        await app.ask(`'Elixir.Counter.Closures':keep(2, '${how}')`)
        expect((await app.upgradeTo(2)).mode).toBe('hot')
        await loadEngine(app)
        expect(await keepers(app)).toContain('process')
        const { mode, reasons } = await planned(app, 3)
        expect(mode).toBe('swap')
        // Not every VM counts closures.
        expect(['closure_stored', 'old_code_used']).toContain(reasons[0])
        await app.ask('exit(whereis(keeper), kill)')
        expect(await keepers(app)).toBe('[]')
        expect(await planned(app, 3)).toMatchObject({ mode: 'hot' })
      }),
  )

  it('is not blamed on a hibernating view or a process of the VM', () =>
    withApp(['base', 'second'], async app => {
      await app.ask("'Elixir.Counter.Closures':keep_in_table(2)")
      await app.ask("'Elixir.Counter.Closures':keep_nothing()")
      await app.ask("begin Kept = kept, spawn(prim_eval, 'receive', [fun(_) -> Kept end, infinity]) end")
      expect((await app.upgradeTo(2)).mode).toBe('hot')
      expect(await keepers(app)).toBe('[]')
    }))

  it('by a component of an open view is released by a new rendering', () =>
    withApp(['base'], async app => {
      await loadEngine(app)
      const view =
        '#{socket => #{private => #{}}, components => {#{1 => {panel, id, #{}, #{}, none}}, #{}, #{}}}'
      const begin = "fun(State) -> put('$initial_call', {'Elixir.Counter.Lobby', mount, 3}), State end"
      const after = await app.ask(
        `begin {ok, View} = gen_server:start('Elixir.Counter.Keeper', {${view}, infinity}, []), sys:replace_state(View, ${begin}), gatling_views:refresh(), element(1, maps:get(components, sys:get_state(View))) end`,
      )
      expect(after).toBe('#{1 => {panel,id,#{},#{marked_for_deletion => true},none}}')
    }))

  it('by a closure is assumed if the VM does not count closures', () =>
    withApp(['base', 'second'], async app => {
      await app.ask("'Elixir.Counter.Closures':keep_in_table(2)")
      expect((await app.upgradeTo(2)).mode).toBe('hot')
      await loadEngine(app)
      expect(await keptClosures(app, 'nothing')).toBe("[{'Elixir.Counter.Closures',uncounted}]")
      expect(await keptClosures(app, 'all')).toBe("[{'Elixir.Counter.Closures',stored}]")
      await app.ask("ets:delete('Elixir.Counter.Board', closure)")
      expect(await keptClosures(app, 'all')).toBe('[]')
    }))

  it('by a supervised process in an endless loop makes a swap in the plan', () =>
    withApp(['base', 'ticker'], async app => {
      expect(await untouched(app, () => planned(app, 2))).toEqual({ mode: 'swap', reasons: ['loop'] })
      expect((await app.upgradeTo(2)).mode).toBe('swap')
      expect(await app.greeting()).toBe('ticker')
    }))

  it('by a running request stays until its answer', () =>
    withApp(['base', 'second'], async app => {
      const engine = app.newEngine()
      const change = await app.changeTo(2)
      await app.plan(2)
      let answered = false
      const slow = app.show('/slow?ms=12000').finally(() => {
        answered = true
      })
      await underLoad(app, async () => {
        expect((await engine.install(change)).ok).toBe(true)
        expect(await engine.commit(change)).toMatchObject([{ code: 'old_code_used', what: 'Counter.Router' }])
        expect(await app.greeting()).toBe('second')
        expect(answered).toBe(false)
        expect(await slow).toEqual({ status: 200, body: 'answered after 12000 ms' })
      })
      expect((await app.show('/slow?ms=1')).body).toBe('answered by second after 1 ms')
    }))
})

describe('a node', () => {
  it('with code loaded by hand is swapped', () =>
    withApp(['base', 'second'], async app => {
      await app.ask(
        'begin {ok, M, B} = compile:forms([{attribute, 1, module, \'Elixir.Counter.Nap\'}]), {module, M} = code:load_binary(M, "by hand", B), ok end',
      )
      const { mode, reasons } = await untouched(app, () => planned(app, 2))
      expect(mode).toBe('swap')
      expect(reasons).toContain('node_differs')
      expect((await install(app, 2)).ok).toBe(false)
      expect((await app.upgradeTo(2)).mode).toBe('swap')
      expect(await app.greeting()).toBe('second')
    }))

  it('that refuses connections is swapped', () =>
    withApp(['base', 'second'], async app => {
      await app.ask("erlang:set_cookie(node(), 'another')")
      expect(await planned(app, 2)).toEqual({ mode: 'swap', reasons: ['unreachable'] })
      const failure = await underLoad(app, () => failureOf(() => app.upgradeTo(2, 'hot')))
      expect(failure.code).toBe('HOT_IMPOSSIBLE')
      expect((await app.upgradeTo(2)).mode).toBe('swap')
      expect(await app.greeting()).toBe('second')
    }))

  it('without distribution is swapped', () =>
    withApp(['silent', 'silentSecond'], async app => {
      expect(await planned(app, 2)).toEqual({ mode: 'swap', reasons: ['unreachable'] })
      expect((await app.upgradeTo(2)).mode).toBe('swap')
      expect(await app.greeting()).toBe('second')
    }))

  it('is not asked to load a damaged release', () =>
    withApp(['base', 'damaged'], async app => {
      const failure = await untouched(app, () => failureOf(() => app.upgradeTo(2)))
      expect(failure.code).toBe('RELEASE_BROKEN')
      expect(failure.message).toContain('Counter.Nap')
      expect(app.live().slot).toBe('a')
    }))

  it('is swapped after the maximum number of hot upgrades', () =>
    withApp(['base', 'second', 'third'], async app => {
      await app.upgradeTo(2)
      const env = await app.envTo(3)
      const modeWith = async (most: number) => {
        const limited = { ...env, upgrade_options: { ...env.upgrade_options, max_hot_generations: most } }
        const { mode, reasons } = await planUpgrade(limited, app.runtime())
        return { mode, reasons: codesOf(reasons) }
      }
      expect(await modeWith(1)).toEqual({ mode: 'swap', reasons: ['generations'] })
      expect(await modeWith(2)).toMatchObject({ mode: 'hot' })
    }))

  it('with another config value is swapped', () =>
    withApp(['base', 'second'], async app => {
      app.values['LIMIT'] = '20'
      expect(await planned(app, 2)).toEqual({ mode: 'swap', reasons: ['environment_changed'] })
      expect((await app.upgradeTo(2)).mode).toBe('swap')
      expect((await app.show('/parts/limit')).body).toBe('20')
    }))
})
