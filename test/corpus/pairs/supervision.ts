import { type Change, edit, type Pair } from '../pair.js'

const application = 'lib/counter/application.ex'
const workers = 'lib/counter/workers.ex'

const greeter = `defmodule Counter.Greeter do
  use GenServer

  def start_link(_opts), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_arg), do: {:ok, nil}
end
`

const child = (text: string) =>
  edit(application, '        Counter.Workers,\n', `        Counter.Workers,\n        ${text},\n`)

const withChild = (text: string): Change => ({ edits: [child(text)] })

/** Something else in the same module changes, and with it the names of its closures. */
const listenerRenamed = [
  edit(application, '++ listener()', '++ doors()'),
  edit(application, 'defp listener do', 'defp doors do'),
]

export const supervision: readonly Pair[] = [
  {
    name: 'child-added',
    about: 'The application starts one more process.',
    new: { files: { 'lib/counter/greeter.ex': greeter }, edits: [child('Counter.Greeter')] },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/children', before: 'Counter.Workers', after: 'Counter.Greeter' }],
  },
  {
    name: 'child-removed',
    about: 'The application starts one process less.',
    new: {
      edits: [
        edit(application, '        Counter.Till,\n', ''),
        edit(
          'lib/counter/parts.ex',
          'Price.format(Counter.Till.price())',
          'inspect(Process.whereis(Counter.Till))',
        ),
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/till', before: '1 EUR', after: 'nil' }],
  },
  {
    name: 'child-replaced',
    about: 'One child replaces another.',
    new: {
      files: { 'lib/counter/greeter.ex': greeter },
      edits: [
        edit(application, '        Counter.Till,\n', '        Counter.Greeter,\n'),
        edit(
          'lib/counter/parts.ex',
          'Price.format(Counter.Till.price())',
          'inspect(Process.whereis(Counter.Till))',
        ),
      ],
    },
    up: { mode: 'hot' },
    shows: [
      { path: '/parts/children', before: 'Counter.Till', after: 'Counter.Greeter' },
      { path: '/parts/till', before: '1 EUR', after: 'nil' },
    ],
  },
  {
    name: 'child-used-at-once',
    about: 'A new process, and a route that asks it.',
    new: {
      files: {
        'lib/counter/greeter.ex': greeter.replace(
          '  @impl true',
          '  def text, do: GenServer.call(__MODULE__, :text)\n\n  @impl true\n  def handle_call(:text, _from, state), do: {:reply, "Good day", state}\n\n  @impl true',
        ),
      },
      edits: [
        child('Counter.Greeter'),
        edit('lib/counter/parts.ex', 'Counter.Paint.colour()', 'Counter.Greeter.text()'),
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'swap', because: 'function_gone' },
    shows: [{ path: '/parts/colour', before: 'red', after: 'Good day' }],
  },
  {
    name: 'child-args',
    about: 'A child is started with other arguments.',
    new: {
      edits: [edit(application, 'file: "words.txt"', 'file: "static/count.js"')],
    },
    up: { mode: 'swap', because: 'children_changed' },
    shows: [{ path: '/parts/words', before: 'one two three', after: '/* counts */' }],
    wouldFail: { path: '/parts/words', contains: 'one two three' },
  },
  {
    name: 'child-restart',
    about: 'A child gets another restart type.',
    new: {
      edits: [
        edit(
          application,
          '        Counter.Till,\n',
          '        Supervisor.child_spec(Counter.Till, restart: :temporary),\n',
        ),
      ],
    },
    up: { mode: 'swap', because: 'children_changed' },
  },
  {
    name: 'child-shutdown',
    about: 'A child gets more time to end.',
    new: {
      edits: [
        edit(
          application,
          '        Counter.Till,\n',
          '        Supervisor.child_spec(Counter.Till, shutdown: 20_000),\n',
        ),
      ],
    },
    up: { mode: 'swap', because: 'children_changed' },
  },
  {
    name: 'child-task-closure',
    about: 'A child is started by a closure, which is another value in every version of its module.',
    old: withChild('Supervisor.child_spec({Task, fn -> :done end}, id: :once)'),
    new: { edits: listenerRenamed },
    up: { mode: 'hot' },
  },
  {
    name: 'child-agent-closure',
    about: 'An Agent is started by a closure; a child beside it is new.',
    old: withChild('%{id: :basket, start: {Agent, :start_link, [fn -> [] end, [name: :basket]]}}'),
    new: {
      files: { 'lib/counter/greeter.ex': greeter },
      edits: [
        edit(
          application,
          '        Counter.Workers,\n',
          '        Counter.Workers,\n        Counter.Greeter,\n',
        ),
      ],
    },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/children', before: ':basket', after: 'Counter.Greeter' }],
  },
  {
    name: 'child-closure-changed',
    about: 'The closure of an Agent makes another state.',
    old: withChild('%{id: :basket, start: {Agent, :start_link, [fn -> [] end, [name: :basket]]}}'),
    new: {
      edits: [
        edit(application, '[fn -> [] end', '[fn -> %{apples: 0} end'),
        edit('lib/counter/parts.ex', 'Counter.Paint.colour()', 'Agent.get(:basket, &inspect(&1.apples))'),
      ],
    },
    up: { mode: 'swap', because: 'children_changed' },
    shows: [{ path: '/parts/colour', before: 'red', after: '0' }],
    wouldFail: { path: '/parts/colour', status: 500 },
  },
  {
    name: 'inline-supervisor',
    about: 'A supervisor without its own module gets a child in its arguments.',
    old: withChild(
      '%{id: :shed, type: :supervisor, start: {Supervisor, :start_link, [[], [strategy: :one_for_one, name: :shed]]}}',
    ),
    new: {
      files: { 'lib/counter/greeter.ex': greeter },
      edits: [
        edit(application, '[[], [strategy', '[[Counter.Greeter], [strategy'),
        edit('lib/counter/parts.ex', 'names(Counter.Workers)', 'names(:shed)'),
      ],
    },
    up: { mode: 'swap', because: 'children_changed' },
    shows: [{ path: '/parts/workers', before: 'Brewer', after: 'Counter.Greeter' }],
    wouldFail: { path: '/parts/workers', lacks: 'Greeter' },
  },
  {
    name: 'strategy',
    about: 'The first supervisor restarts its children in another way.',
    new: { edits: [edit(application, 'strategy: :rest_for_one', 'strategy: :one_for_one')] },
    up: { mode: 'swap', because: 'supervisor_changed' },
  },
  {
    name: 'restart-intensity',
    about: 'The first supervisor allows more restarts.',
    new: {
      edits: [edit(application, 'strategy: :rest_for_one', 'strategy: :rest_for_one, max_restarts: 10')],
    },
    up: { mode: 'swap', because: 'supervisor_changed' },
  },
  {
    name: 'start-makes-table',
    about: 'start/2 makes an ETS table, and nobody calls it again.',
    new: {
      edits: [
        edit(
          application,
          '    children =\n',
          '    :ets.new(:counter_cache, [:named_table, :public])\n\n    children =\n',
        ),
        edit(
          'lib/counter/parts.ex',
          'Counter.Paint.colour()',
          '"#{:ets.info(:counter_cache, :size)} cached"',
        ),
      ],
    },
    up: { mode: 'swap', because: 'start_changed' },
    shows: [{ path: '/parts/colour', before: 'red', after: '0 cached' }],
    wouldFail: { path: '/parts/colour', lacks: '0 cached' },
  },
  {
    name: 'start-puts-term',
    about: 'start/2 stores a persistent term.',
    new: {
      edits: [
        edit(
          application,
          '    children =\n',
          '    :persistent_term.put(:counter_theme, "dark")\n\n    children =\n',
        ),
      ],
    },
    up: { mode: 'swap', because: 'start_changed' },
    shows: [{ path: '/parts/theme', before: 'argument', after: 'dark' }],
    wouldFail: { path: '/parts/theme', status: 500 },
  },
  {
    name: 'start-calls-helper',
    about: 'start/2 calls a function of another module that stores a persistent term.',
    new: {
      files: {
        'lib/counter/theme.ex':
          'defmodule Counter.Theme do\n  def choose, do: :persistent_term.put(:counter_theme, "light")\nend\n',
      },
      edits: [edit(application, '    children =\n', '    Counter.Theme.choose()\n\n    children =\n')],
    },
    up: { mode: 'swap', because: 'start_changed' },
    shows: [{ path: '/parts/theme', before: 'argument', after: 'light' }],
    wouldFail: { path: '/parts/theme', status: 500 },
  },
  {
    name: 'start-helper-changed',
    about: 'start/2 is the same, but a function it calls stores another value.',
    old: {
      files: {
        'lib/counter/theme.ex':
          'defmodule Counter.Theme do\n  def choose, do: :persistent_term.put(:counter_theme, "light")\nend\n',
      },
      edits: [edit(application, '    children =\n', '    Counter.Theme.choose()\n\n    children =\n')],
    },
    new: { edits: [edit('lib/counter/theme.ex', '"light"', '"dark"')] },
    up: { mode: 'swap', because: 'start_changed' },
    shows: [{ path: '/parts/theme', before: 'light', after: 'dark' }],
    wouldFail: { path: '/parts/theme', contains: 'light' },
  },
  {
    name: 'start-unreadable',
    about: 'start/2 asks a process of the running app, so its children cannot be read.',
    new: {
      edits: [
        edit(
          application,
          '    Supervisor.start_link(children, strategy: :rest_for_one, name: Counter.Supervisor)\n',
          `    {:ok, supervisor} = Supervisor.start_link(children, strategy: :rest_for_one, name: Counter.Supervisor)
    _ = Counter.Words.current()
    {:ok, supervisor}
`,
        ),
      ],
    },
    up: { mode: 'swap', because: 'start_changed' },
  },
  {
    name: 'start-reads-environment',
    about: 'start/2 builds the same list in another way.',
    new: {
      edits: [
        edit(
          application,
          'if Application.fetch_env!(:counter, :server) do',
          'if Application.get_env(:counter, :server, true) do',
        ),
      ],
    },
    up: { mode: 'hot' },
  },
  {
    name: 'start-rearranged',
    about: 'start/2 gets the same list from a private function.',
    new: {
      edits: [
        edit(
          application,
          '    children =\n      [',
          '    Supervisor.start_link(children(), strategy: :rest_for_one, name: Counter.Supervisor)\n  end\n\n  defp children do\n      [',
        ),
        edit(
          application,
          '\n    Supervisor.start_link(children, strategy: :rest_for_one, name: Counter.Supervisor)\n',
          '',
        ),
      ],
    },
    up: { mode: 'hot' },
  },
  {
    name: 'stop-callback',
    about: 'The application does something when it stops.',
    new: {
      edits: [
        edit(
          application,
          '  defp listener do',
          '  @impl true\n  def prep_stop(state), do: state\n\n  defp listener do',
        ),
      ],
    },
    up: { mode: 'hot' },
  },
  {
    name: 'nested-child-added',
    about: 'A supervisor below the first starts one more process.',
    new: {
      files: { 'lib/counter/greeter.ex': greeter },
      edits: [
        edit(
          workers,
          '      Counter.Workers.Brewer\n',
          '      Counter.Workers.Brewer,\n      Counter.Greeter\n',
        ),
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/workers', before: 'Brewer', after: 'Counter.Greeter' }],
  },
  {
    name: 'nested-child-removed',
    about: 'A supervisor below the first starts one process less.',
    new: {
      edits: [
        edit(workers, '"bread"},\n      Counter.Workers.Brewer\n', '"bread"}\n'),
        edit(
          'lib/counter/parts.ex',
          'names(Counter.Workers)',
          '"brewer: #{inspect(Process.whereis(Counter.Workers.Brewer))}"',
        ),
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/workers', before: 'Brewer', after: 'brewer: nil' }],
  },
  {
    name: 'nested-strategy',
    about: 'A supervisor below the first restarts its children in another way.',
    new: { edits: [edit(workers, 'strategy: :one_for_one', 'strategy: :one_for_all')] },
    up: { mode: 'swap', because: 'supervisor_changed' },
  },
  {
    name: 'nested-child-args',
    about: 'A supervisor below the first starts a process with another argument.',
    new: {
      edits: [
        edit(workers, '"bread"', '"cake"'),
        edit(
          'lib/counter/parts.ex',
          'names(Counter.Workers)',
          '"Brewer, #{GenServer.call(Counter.Workers.Baker, :product)}"',
        ),
      ],
    },
    up: { mode: 'swap', because: 'children_changed' },
    shows: [{ path: '/parts/workers', before: 'Brewer', after: 'Brewer, cake' }],
    wouldFail: { path: '/parts/workers', contains: 'bread' },
  },
  {
    name: 'nested-init-makes-table',
    about: 'init/1 of a supervisor below the first makes an ETS table.',
    new: {
      edits: [
        edit(
          workers,
          '    children = [',
          '    :ets.new(:counter_ovens, [:named_table, :public])\n\n    children = [',
        ),
        edit('lib/counter/parts.ex', 'Counter.Paint.colour()', '"#{:ets.info(:counter_ovens, :size)} ovens"'),
      ],
    },
    up: { mode: 'swap', because: 'supervisor_changed' },
    shows: [{ path: '/parts/colour', before: 'red', after: '0 ovens' }],
    wouldFail: { path: '/parts/colour', lacks: '0 ovens' },
  },
  {
    name: 'dynamic-supervisor',
    about: 'A DynamicSupervisor gets other limits.',
    new: {
      edits: [
        edit(
          'lib/counter/connections.ex',
          'init(strategy: :one_for_one)',
          'init(strategy: :one_for_one, max_children: 5000)',
        ),
      ],
    },
    up: { mode: 'swap', because: 'supervisor_changed' },
  },
]
