import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root, run, sleep } from '../lib.js'

/** The version of the numbered release, because release_handler tells releases apart only by their version. */
export const nextVersion = '0.1.1'

/**
 * The releases of examples/counter that the benches of this folder use.
 * @typedef {object} Apps
 * @property {string} one
 * @property {string} two another greeting, another page, and another state of the process that counts
 * @property {string} numbered the same as `two`, with its own version
 * @property {[string, string, string]} large with many modules and processes; in the second the modules changed, in the third the processes, too
 */

/** @param {string} folder @param {number} modules @returns {Promise<Apps>} */
export const buildApps = async (folder, modules) => {
  const small = workshop(join(folder, 'small'))
  const one = await small.release('one')
  small.edit(change)
  const two = await small.release('two')
  small.edit([['mix.exs', 'version: "0.1.0"', `version: "${nextVersion}"`]])
  const numbered = await small.release('numbered')

  const large = workshop(join(folder, 'large'))
  large.edit(withCrew)
  large.write('lib/counter/crew.ex', crew)
  large.write('lib/counter/hand.ex', hand)
  large.writeModules(modules, 1)
  const first = await large.release('first')
  large.writeModules(modules, 2)
  const second = await large.release('second')
  large.edit(handMigrates)
  return { one, two, numbered, large: [first, second, await large.release('third')] }
}

/** Makes a checkout that becomes one version after the other. @param {string} folder */
const workshop = folder => {
  const checkout = join(folder, 'checkout')
  const example = join(root, 'examples', 'counter')
  for (const path of ['config', 'lib', 'priv', 'mix.exs'])
    cpSync(join(example, path), join(checkout, path), { recursive: true })

  /** @param {string} path @param {string} text */
  const write = (path, text) => {
    const file = join(checkout, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  return {
    write,
    /** @param {readonly (readonly [file: string, from: string, to: string])[]} edits */
    edit: edits => {
      for (const [path, from, to] of edits) {
        const text = readFileSync(join(checkout, path), 'utf8')
        if (!text.includes(from)) throw new Error(`not found in ${path}: ${from}`)
        write(
          path,
          text.replace(from, () => to),
        )
      }
    },
    /** @param {number} count @param {number} version */
    writeModules: (count, version) => {
      for (let number = 1; number <= count; number++)
        write(`lib/counter/bulk/m${number}.ex`, moduleText(number, version))
    },
    /** @param {string} name */
    release: async name => {
      const path = join(folder, 'releases', name)
      rmSync(path, { recursive: true, force: true })
      const env = { ...process.env, MIX_ENV: 'prod' }
      await run(['mix', 'release', '--path', path, '--overwrite'], { cwd: checkout, env })
      // Mix sees a change only in a later second than its last build.
      await sleep(1_100)
      return path
    },
  }
}

const tally = 'lib/counter/tally.ex'

/** @type {readonly (readonly [string, string, string])[]} */
const change = [
  ['lib/counter.ex', 'Hello from version one', 'Hello from version two'],
  ['lib/counter/page.ex', '<title>Counter</title>', '<title>The counter</title>'],
  [tally, 'def init(count), do: {:ok, count}', 'def init(count), do: {:ok, %{count: count}}'],
  [tally, '_from, count), do: {:reply, count, count}', '_from, state), do: {:reply, state.count, state}'],
  [
    tally,
    'def handle_call(:increment, _from, count) do',
    'def handle_call(:increment, _from, %{count: count}) do',
  ],
  [
    tally,
    '    {:reply, count, count}\n  end\n',
    `    {:reply, count, %{count: count}}
  end

  @impl true
  def code_change({:down, _vsn}, %{count: count}, _extra), do: {:ok, count}
  def code_change(_vsn, count, _extra), do: {:ok, %{count: count}}
`,
  ],
]

/** @type {readonly (readonly [string, string, string])[]} */
const withCrew = [
  [
    'lib/counter/application.ex',
    '        Counter.Tally,\n',
    '        Counter.Tally,\n        Counter.Crew,\n',
  ],
  [
    'lib/counter/router.ex',
    '  defp route("GET", ["health"]',
    '  defp route("GET", ["crew"], _request), do: json(answer: Counter.Crew.ask())\n\n  defp route("GET", ["health"]',
  ],
]

const crew = `defmodule Counter.Crew do
  use DynamicSupervisor

  def start_link(_opts) do
    {:ok, pid} = DynamicSupervisor.start_link(__MODULE__, nil, name: __MODULE__)
    :persistent_term.put(__MODULE__, List.to_tuple(Enum.map(1..size()//1, &hire(pid, &1))))
    {:ok, pid}
  end

  def ask do
    case :persistent_term.get(__MODULE__) do
      {} -> 0
      hands -> hands |> elem(:rand.uniform(tuple_size(hands)) - 1) |> Counter.Hand.ask()
    end
  end

  @impl true
  def init(_arg), do: DynamicSupervisor.init(strategy: :one_for_one)

  defp size, do: String.to_integer(System.get_env("CREW", "0"))

  defp hire(supervisor, number) do
    {:ok, hand} = DynamicSupervisor.start_child(supervisor, {Counter.Hand, number})
    hand
  end
end
`

const hand = `defmodule Counter.Hand do
  use GenServer

  def start_link(number), do: GenServer.start_link(__MODULE__, number)

  def ask(pid), do: GenServer.call(pid, :ask)

  @impl true
  def init(number), do: {:ok, number}

  @impl true
  def handle_call(:ask, _from, number), do: {:reply, number, number}
end
`

/** @type {readonly (readonly [string, string, string])[]} */
const handMigrates = [
  ['lib/counter/hand.ex', '{:ok, number}', '{:ok, %{number: number}}'],
  [
    'lib/counter/hand.ex',
    '_from, number), do: {:reply, number, number}\n',
    `_from, state), do: {:reply, state.number, state}

  @impl true
  def code_change({:down, _vsn}, %{number: number}, _extra), do: {:ok, number}
  def code_change(_vsn, number, _extra), do: {:ok, %{number: number}}
`,
  ],
]

/** Writes 10 to 40 functions. One in four makes a closure. @param {number} number @param {number} version */
const moduleText = (number, version) => {
  const functions = Array.from({ length: 10 + (number % 31) }, (_, at) =>
    at % 4 === 0
      ? `  def f${at}(list), do: Enum.map(list, fn item -> {item, ${version}, length(list)} end)\n`
      : `  def f${at}(term), do: {${version * 1_000 + at}, inspect(term), "of module ${number}"}\n`,
  )
  return `defmodule Counter.Bulk.M${number} do\n${functions.join('\n')}end\n`
}
