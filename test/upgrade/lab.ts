import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { writeWhole } from '../../src/hosts/files.js'
import { processesWith } from '../../src/hosts/procfs.js'
import { callNode } from '../../src/stacks/phoenix/commands/erlang.js'
import { erlangEngine } from '../../src/stacks/phoenix/engine/erlang.js'
import type { Owner } from '../../src/state/owner.js'
import { createBuilder } from '../corpus/build.js'
import { type Change, edit } from '../corpus/pair.js'
import { comparisons, engines, type LiveApp, type LiveAppOptions, startLiveApp } from '../helpers/live-app.js'
import { startLoad } from '../helpers/load.js'
import { type Answer, get, run, until } from '../helpers/world.js'

/** Returns the module of a process with a number, which a test can block. */
const cell = (holds: string, reads: string, migration = ''): string => `defmodule Counter.Cell do
  use GenServer

  def start_all(numbers), do: for(number <- numbers, do: GenServer.start(__MODULE__, number))

  @impl true
  def init(number), do: {:ok, ${holds}}

  @impl true
  def handle_call(:number, _from, state), do: {:reply, ${reads}, state}

  def handle_call(:block, _from, state) do
    receive do: (:go -> {:reply, :gone, state})
  end
${migration}end
`

/** The additions of every version here to the app of the corpus: code that can hinder an upgrade. */
const equipment: Change = {
  files: {
    'lib/counter/cell.ex': cell('number', 'state'),
    'lib/counter/nap.ex': `defmodule Counter.Nap do
  def wait do
    receive do: (:go -> text())
  end

  defp text, do: "rested"
end
`,
    'lib/counter/closures.ex': `defmodule Counter.Closures do
  def keep_in_table(number), do: :ets.insert(Counter.Board, {:closure, fn x -> x + number end})

  def keep_in_term, do: :persistent_term.put(:closure, fn -> text() end)

  def keep(number, how), do: Process.register(keeper(how, fn -> number end), :keeper)

  def keep_nothing, do: keeper(:"a view asleep", nothing: true)

  defp keeper(:awake, closure), do: server(%{deep: [Counter.Keeper.wrap(closure)]}, :infinity)
  defp keeper(:"a view asleep", closure), do: server({:view, closure}, :hibernate)
  defp keeper(:large, closure), do: server({Enum.to_list(1..200_000), closure}, :infinity)

  defp keeper(:unread, closure) do
    pid = spawn(:timer, :sleep, [:infinity])
    send(pid, {:run, closure})
    pid
  end

  defp server(state, timeout) do
    {:ok, pid} = GenServer.start(Counter.Keeper, {state, timeout})
    pid
  end

  defp text, do: "kept"
end

defmodule Counter.Keeper do
  use GenServer

  # A closure in a closure of another module.
  def wrap(closure), do: fn -> closure.() end

  # As Phoenix.LiveView.Channel notes how it began.
  def init({{:view, _} = state, timeout}) do
    Process.put(:"$initial_call", {Counter.Lobby, :mount, 3})
    {:ok, state, timeout}
  end

  def init({state, timeout}), do: {:ok, state, timeout}
end
`,
    'lib/counter/ticker.ex': `defmodule Counter.Ticker do
  use Task, restart: :permanent

  def start_link(_opts), do: Task.start_link(__MODULE__, :loop, [])

  def loop do
    Process.sleep(pause())
    loop()
  end

  defp pause, do: 50
end
`,
  },
  edits: [
    edit(
      'lib/counter/workers.ex',
      'Counter.Workers.Brewer\n',
      'Counter.Workers.Brewer,\n      Counter.Ticker\n',
    ),
  ],
}

/** Returns a change that moves the numbers into a map. @param first what code_change does before */
export const migrating = (first = ''): Change => ({
  files: {
    'lib/counter/cell.ex': cell(
      '%{number: number}',
      'state.number',
      `
  @impl true
  def code_change({:down, _vsn}, %{number: number}, _extra), do: {:ok, number}

  def code_change(_vsn, number, _extra) when is_integer(number) do
    ${first}
    {:ok, %{number: number}}
  end
`,
    ),
  },
})

/** Returns a change of the text in each module that the tests look at. */
export const saying = (text: string): Change => ({
  edits: [
    edit('lib/counter.ex', 'Hello from version one', text),
    edit('lib/counter/router.ex', 'answered after #{ms} ms', `answered by ${text} after #{ms} ms`),
    edit('lib/counter/nap.ex', '"rested"', `"rested, ${text}"`),
    edit('lib/counter/closures.ex', '"kept"', `"kept, ${text}"`),
  ],
})

export const both = (...changes: readonly Change[]): Change => {
  const touches = changes.flatMap(({ release }) => release ?? [])
  return {
    files: Object.assign({}, ...changes.map(({ files }) => files ?? {})),
    edits: changes.flatMap(({ edits }) => edits ?? []),
    ...(touches.length > 0 && {
      release: async (dir: string) => {
        for (const touch of touches) await touch(dir)
      },
    }),
  }
}

/** Makes a lab, which builds each version once, at its first use. */
export const createLab = (folder: string, versions: Readonly<Record<string, Change>>) => {
  const builder = createBuilder(join(folder, 'build'))
  const built = new Map<string, Promise<string>>()
  let apps = 0

  const release = (name: string): Promise<string> => {
    const known = built.get(name)
    if (known) return known
    const made = builder.version(name, both(equipment, versions[name] ?? {}))
    built.set(name, made)
    return made
  }

  /** Runs some work with a running app of the first version, then removes the app. */
  const withApp = async (
    names: readonly string[],
    work: (app: LabApp) => Promise<void>,
    options: Partial<LiveAppOptions> = {},
  ): Promise<void> => {
    const own = join(folder, 'apps', String(++apps))
    mkdirSync(own, { recursive: true })
    const releases: string[] = []
    for (const name of names) releases.push(await release(name))
    const app = await startLiveApp({
      folder: own,
      releases,
      name: 'counter',
      own: ['counter'],
      ...options,
    })
    try {
      await work(equip(app, own))
    } finally {
      await app.close()
    }
  }
  const close = async (): Promise<void> => {
    await builder.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { release, withApp, close }
}

export type LabApp = ReturnType<typeof equip>

/** The number of names of callers. A node that still knows an ended caller accepts no other of the same name. */
export const callerNames = 8

const equip = (app: LiveApp, folder: string) => {
  const home = join(folder, 'asking')
  const { host } = app.runtime()
  let turn = 0

  /** Evaluates Erlang in the node. @returns the printed result. */
  const ask = async (expression: string, name = `lab${turn++ % callerNames}`): Promise<string> => {
    const environment = await app.services.environment('counter', app.live().slot)
    mkdirSync(home, { recursive: true })
    writeWhole(join(home, '.erlang.cookie'), environment['GATLING_COOKIE'] ?? '', 0o400)
    const output = await host.run(
      callNode({
        erlCall: join(environment['BINDIR'] ?? '', 'erl_call'),
        address: environment['GATLING_NODE'] ?? '',
        name,
        home,
        timeoutMs: 60_000,
        expression: `io:format("answer:~0tp~n", [begin ${expression} end]).`,
      }),
    )
    const answer = output.split('\n').find(line => line.startsWith('answer:'))
    if (answer === undefined) throw new Error(`${expression}: ${output}`)
    return answer.slice('answer:'.length)
  }
  const number = async (expression: string): Promise<number> => Number(await ask(expression))

  const show = (path: string): Promise<Answer> => get(app.live().port, 'localhost', path)
  const version = async (): Promise<{ greeting: string; os_pid: number; revision: string }> =>
    JSON.parse((await show('/version')).body)

  return {
    ...app,
    ask,
    number,
    show,
    version,
    greeting: async (): Promise<string> => (await version()).greeting,
    increment: async (): Promise<number> =>
      JSON.parse(
        (await run(['curl', '-sf', '-X', 'POST', `http://127.0.0.1:${app.live().port}/increment`])).stdout,
      ).count,
    /** Returns the operating system's process of the node. */
    pid: async (): Promise<number> => {
      const all = await app.services.list('counter')
      const pid = all.find(({ slot }) => slot === app.live().slot)?.pid
      if (!pid) throw new Error('it does not run')
      return pid
    },
    answers: (greeting: string) =>
      until(
        () =>
          version().then(
            found => found.greeting === greeting,
            () => false,
          ),
        greeting,
      ),
    /** Starts cells with these numbers, each an unsupervised process. */
    startCells: (from: number, to: number) =>
      ask(`length('Elixir.Counter.Cell':start_all(lists:seq(${from}, ${to})))`),
    /** Returns the state of every cell. */
    cells: () =>
      ask(
        "lists:sort([sys:get_state(P) || P <- processes(), {_, D} <- [process_info(P, dictionary)], proplists:get_value('$initial_call', D) =:= {'Elixir.Counter.Cell', init, 1}])",
      ),
    /** Makes an engine of another deploy, whose end an upgrade survives. */
    engineOf: (owner: Owner) =>
      erlangEngine({
        host,
        services: app.services,
        engines,
        work: join(folder, 'engine'),
        comparisons,
        owner,
      }),
    /** Lists the processes that talk to the node for an engine. */
    callers: (): number[] => processesWith('HOME', join(folder, 'engine')),
    /** Points `current` to a release, as a successful deploy does. */
    flip: (to: number): void => {
      const link = join(folder, 'deploy', 'current')
      symlinkSync(join('releases', String(to)), `${link}.other`)
      renameSync(`${link}.other`, link)
    },
  }
}

/** Returns the state that an upgrade must not change if it does not happen. */
export const stateOf = async (app: LabApp) => ({
  greeting: await app.greeting(),
  pid: await app.pid(),
  cells: await app.cells(),
  tally: await app.ask("sys:get_state('Elixir.Counter.Tally')"),
  children: await app.ask(
    "[[{Id, is_pid(Pid)} || {Id, Pid, _, _} <- supervisor:which_children(S)] || S <- ['Elixir.Counter.Supervisor', 'Elixir.Counter.Workers']]",
  ),
  applications: await app.ask('lists:sort([Name || {Name, _, _} <- application:which_applications()])'),
  loaded: await app.ask('lists:sort([Name || {Name, _, _} <- application:loaded_applications()])'),
  paths: await app.ask('erlang:phash2(code:get_path())'),
  code: await app.ask(
    'erlang:phash2(lists:sort([{M, erlang:get_module_info(M, md5)} || {M, _} <- code:all_loaded()]))',
  ),
  leftovers: await app.ask('[M || {M, _} <- code:all_loaded(), lists:prefix("gatling_", atom_to_list(M))]'),
})

/** Does some work under load, and expects that no request fails and no socket closes. */
export const underLoad = async <Result>(
  app: LabApp,
  work: () => Promise<Result>,
  sockets = 3,
): Promise<Result> => {
  const load = await startLoad(app.live().port, 'localhost', { clients: 4, sockets, pauseMs: 25 })
  const result = await work().catch(async error => {
    await load.stop()
    throw error
  })
  const { failures, closed } = await load.stop()
  expect({ failed: failures.length, failures: [...new Set(failures)], closed }).toEqual({
    failed: 0,
    failures: [],
    closed: [],
  })
  return result
}
