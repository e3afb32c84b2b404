import { type Change, edit, type Pair } from '../pair.js'

const tally = 'lib/counter/tally.ex'

/** The count becomes a map: every function of the tally that sees it changes. */
const countInMap = [
  edit(tally, 'def init(count), do: {:ok, count}', 'def init(count), do: {:ok, %{count: count}}'),
  edit(
    tally,
    'def handle_call(:value, _from, count), do: {:reply, count, count}',
    'def handle_call(:value, _from, state), do: {:reply, state.count, state}',
  ),
  edit(
    tally,
    'def handle_call(:increment, _from, count) do',
    'def handle_call(:increment, _from, %{count: count}) do',
  ),
  edit(tally, '    {:reply, count, count}\n', '    {:reply, count, %{count: count}}\n'),
]

const migration = (clauses: string) =>
  edit(tally, '\n  @impl true\n  def handle_call', `${clauses}\n  @impl true\n  def handle_call`)

const toMap = `
  @impl true
  def code_change(_vsn, count, _extra) when is_integer(count), do: {:ok, %{count: count}}
`

const toMapAndBack = `
  @impl true
  def code_change({:down, _vsn}, %{count: count}, _extra), do: {:ok, count}
  def code_change(_vsn, count, _extra) when is_integer(count), do: {:ok, %{count: count}}
`

/** Shows the state of the process in `/parts/tally`. */
const showState = edit(
  'lib/counter/parts.ex',
  'inspect(Counter.Tally.value())',
  '"#{Counter.Tally.value()} in #{inspect(:sys.get_state(Counter.Tally))}"',
)

const door = 'lib/counter/door.ex'

const knocksInMap = [
  edit(door, '{:ok, :closed, 0}', '{:ok, :closed, %{knocks: 0}}'),
  edit(door, ':knock, :closed, knocks) do', ':knock, :closed, %{knocks: knocks} = data) do'),
  edit(
    door,
    '{:keep_state, knocks + 1, [{:reply, from, "Knock: #{knocks + 1}"}]}',
    '{:keep_state, %{data | knocks: knocks + 1}, [{:reply, from, "Knock number #{knocks + 1}"}]}',
  ),
]

const till = 'lib/counter/till.ex'

/** The till holds its own struct. */
const holdsStruct = [
  edit(till, '  use GenServer\n', '  use GenServer\n\n  defstruct price: nil\n'),
  edit(till, 'def init(_arg), do: {:ok, nil}', 'def init(_arg), do: {:ok, %__MODULE__{}}'),
  edit(
    till,
    'handle_call(:price, _from, price) do',
    'handle_call(:price, _from, %__MODULE__{price: price} = till) do',
  ),
  edit(till, '{:reply, price, price}', '{:reply, price, %{till | price: price}}'),
]

const started = (child: string, shown: string) => [
  edit(
    'lib/counter/application.ex',
    '        Counter.Workers,\n',
    `        Counter.Workers,\n        ${child},\n`,
  ),
  edit('lib/counter/parts.ex', 'Counter.Paint.colour()', `to_string(${shown})`),
]

const withBasket: Change = {
  files: {
    'lib/counter/basket.ex': `defmodule Counter.Basket do
  use Agent

  def start_link(_opts), do: Agent.start_link(fn -> [] end, name: __MODULE__)

  def size, do: Agent.get(__MODULE__, &length/1)
end
`,
  },
  edits: started('Counter.Basket', 'Counter.Basket.size()'),
}

const withGauge: Change = {
  files: {
    'src/counter_gauge.erl': `-module(counter_gauge).
-behaviour(gen_server).
-export([start_link/0, level/0, init/1, handle_call/3, handle_cast/2]).

start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

level() ->
    gen_server:call(?MODULE, level).

init([]) ->
    {ok, 21}.

handle_call(level, _From, Level) ->
    {reply, Level, Level}.

handle_cast(_Message, Level) ->
    {noreply, Level}.
`,
  },
  edits: started('%{id: :gauge, start: {:counter_gauge, :start_link, []}}', ':counter_gauge.level()'),
}

export const processes: readonly Pair[] = [
  {
    name: 'genserver-logic',
    about: 'The answer of a GenServer changed, not its state.',
    new: { edits: [edit('lib/counter/stock.ex', '#{shelf.pears} pears"', 'and #{shelf.pears} pears"')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/stock', before: '7 apples, 0 pears', after: '7 apples, and 0 pears' }],
  },
  {
    name: 'tally-logic',
    about: 'The process that counts gets new code, and goes on counting.',
    new: {
      edits: [
        edit(
          tally,
          'def handle_call(:value, _from, count), do:',
          'def handle_call(:ping, _from, count), do: {:reply, :pong, count}\n\n  def handle_call(:value, _from, count), do:',
        ),
      ],
    },
    up: { mode: 'hot' },
  },
  {
    name: 'log-line-moved',
    about: 'A line above a Logger call in init/1 moves only the line that is logged with it.',
    new: {
      edits: [
        edit(
          'lib/counter/listener.ex',
          '      {:ok, socket} ->\n',
          '      # The port is ours.\n      {:ok, socket} ->\n',
        ),
      ],
    },
    up: { mode: 'hot' },
  },
  {
    name: 'process-callback-added',
    about: 'A GenServer understands one more message.',
    new: {
      edits: [
        edit(
          'lib/counter/till.ex',
          '    {:reply, price, price}\n  end\n',
          '    {:reply, price, price}\n  end\n\n  @impl true\n  def handle_cast(:close, _price), do: {:noreply, nil}\n',
        ),
      ],
    },
    up: { mode: 'hot' },
  },
  {
    name: 'state-changed',
    about: 'init/1 builds another state, and nothing turns the old one into it.',
    new: { edits: countInMap },
    up: { mode: 'swap', because: 'state_changed' },
    wouldFail: { path: '/parts/tally', status: 500 },
  },
  {
    name: 'state-migrated',
    about: 'code_change/3 migrates the state up and down.',
    new: { edits: [...countInMap, migration(toMapAndBack), showState] },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/tally', before: '', after: 'in %{count: ' }],
  },
  {
    name: 'state-migrated-one-way',
    about: 'code_change/3 migrates the state up only.',
    new: { edits: [...countInMap, migration(toMap), showState] },
    up: { mode: 'hot' },
    down: { mode: 'swap', because: 'migration_one_way' },
    shows: [{ path: '/parts/tally', before: '', after: 'in %{count: ' }],
  },
  {
    name: 'state-migrated-plainly',
    about: 'A code_change/3 is as short as the default one, but not the same.',
    new: {
      edits: [
        edit(tally, 'def init(count), do: {:ok, count}', 'def init(count), do: {:ok, {count, 0}}'),
        edit(
          tally,
          'def handle_call(:value, _from, count), do: {:reply, count, count}',
          'def handle_call(:value, _from, {count, _} = state), do: {:reply, count, state}',
        ),
        edit(
          tally,
          'def handle_call(:increment, _from, count) do',
          'def handle_call(:increment, _from, {count, more}) do',
        ),
        edit(tally, '    {:reply, count, count}\n', '    {:reply, count, {count, more + 1}}\n'),
        migration('\n  @impl true\n  def code_change(_vsn, state, _extra), do: {:ok, {state, 0}}\n'),
        showState,
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'swap', because: 'migration_one_way' },
    shows: [{ path: '/parts/tally', before: '', after: ' in {' }],
  },
  {
    name: 'state-migrated-by-helper',
    about: 'code_change/3 calls another module of the app.',
    new: {
      edits: [
        ...countInMap,
        migration(`
  @impl true
  def code_change(vsn, state, _extra), do: {:ok, Counter.Tally.Migration.run(vsn, state)}
`),
        showState,
      ],
      files: {
        'lib/counter/tally/migration.ex': `defmodule Counter.Tally.Migration do
  def run({:down, _vsn}, %{count: count}), do: count
  def run(_vsn, count), do: %{count: count}
end
`,
      },
    },
    up: { mode: 'hot' },
    down: { mode: 'swap' },
    shows: [{ path: '/parts/tally', before: '', after: 'in %{count: ' }],
  },
  {
    name: 'state-changed-again',
    about: 'code_change/3 is of an earlier change, and did not change with init/1.',
    old: { edits: [...countInMap, migration(toMapAndBack)] },
    new: {
      edits: [
        edit(
          tally,
          'def init(count), do: {:ok, %{count: count}}',
          'def init(count), do: {:ok, %{count: count, step: 1}}',
        ),
        edit(
          tally,
          'def handle_call(:increment, _from, %{count: count}) do',
          'def handle_call(:increment, _from, %{count: count, step: step}) do',
        ),
        edit(tally, '    count = count + 1\n', '    count = count + step\n'),
        edit(
          tally,
          '    {:reply, count, %{count: count}}\n',
          '    {:reply, count, %{count: count, step: step}}\n',
        ),
        edit(tally, '{:reply, state.count, state}', '{:reply, state.count * state.step, state}'),
      ],
    },
    up: { mode: 'swap', because: 'state_changed' },
    wouldFail: { path: '/parts/tally', status: 500 },
  },
  {
    name: 'migration-dropped',
    about: 'A code_change/3 is removed after its upgrade, and nothing else changes.',
    old: { edits: [...countInMap, migration(toMapAndBack)] },
    new: { edits: [edit(tally, toMapAndBack, '')] },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
  },
  {
    name: 'state-helper-private',
    about: 'A private function that builds the state for init/1 changed.',
    old: {
      edits: [edit('lib/counter/till.ex', '{:ok, nil}\n', '{:ok, empty()}\n\n  defp empty, do: nil\n')],
    },
    new: {
      edits: [
        edit('lib/counter/till.ex', 'defp empty, do: nil', 'defp empty, do: %{price: nil}'),
        edit(
          'lib/counter/till.ex',
          'handle_call(:price, _from, price) do',
          'handle_call(:price, _from, %{price: price}) do',
        ),
        edit('lib/counter/till.ex', '    {:reply, price, price}', '    {:reply, price, %{price: price}}'),
      ],
    },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [{ path: '/parts/till', before: '1 EUR', after: '1 EUR' }],
    wouldFail: { path: '/parts/till', status: 500 },
  },
  {
    name: 'state-helper-elsewhere',
    about: 'A function of another module, which builds the state, changed.',
    new: {
      edits: [
        edit('lib/counter/shelf.ex', '&{&1, 0}', '&{&1, [0]}'),
        edit('lib/counter/stock.ex', '#{shelf.pears} pears', '#{length(shelf.pears)} sorts of pears'),
      ],
    },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [{ path: '/parts/stock', before: '0 pears', after: '1 sorts of pears' }],
    wouldFail: { path: '/parts/stock', status: 500 },
  },
  {
    name: 'state-helper-far',
    about: 'The state depends on a function two calls away; the process itself did not change.',
    new: {
      edits: [
        edit('lib/counter/shelf.ex', '[:apples, :pears]', '[:apples, :pears, :plums]'),
        edit(
          'lib/counter/parts.ex',
          'do: Counter.Stock.report()',
          'do: "#{:sys.get_state(Counter.Stock).plums} plums"',
        ),
      ],
    },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [{ path: '/parts/stock', before: '0 pears', after: '0 plums' }],
    wouldFail: { path: '/parts/stock', status: 500 },
  },
  {
    name: 'state-helper-other-function',
    about: 'The module that builds the state changed, but not in those functions.',
    new: { edits: [edit('lib/counter/shelf.ex', 'def name, do: "Shelf"', 'def name, do: "Long shelf"')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/stock', before: 'Shelf: 7', after: 'Long shelf: 7' }],
  },
  {
    name: 'state-continue',
    about: 'handle_continue/2, which completes the state of init/1, changed.',
    new: {
      edits: [
        edit(
          'lib/counter/stock.ex',
          'Map.put(shelf, :apples, apples())',
          'Map.merge(shelf, %{apples: apples(), figs: 2})',
        ),
        edit('lib/counter/stock.ex', '#{shelf.pears} pears', '#{shelf.figs} figs'),
      ],
    },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [{ path: '/parts/stock', before: '0 pears', after: '2 figs' }],
    wouldFail: { path: '/parts/stock', status: 500 },
  },
  {
    name: 'state-continue-helper',
    about: 'A private function that handle_continue/2 calls changed.',
    new: { edits: [edit('lib/counter/stock.ex', 'defp apples, do: 7', 'defp apples, do: 9')] },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [{ path: '/parts/stock', before: '7 apples', after: '9 apples' }],
    wouldFail: { path: '/parts/stock', contains: '7 apples' },
  },
  {
    name: 'ets-made-otherwise',
    about: 'init/1 makes another kind of ETS table, and the existing table stays.',
    new: {
      edits: [
        edit('lib/counter/board.ex', '[:named_table, :public]', '[:named_table, :public, :ordered_set]'),
        edit(
          'lib/counter/board.ex',
          '"opened by #{get(:opened_by)}"',
          '"of type #{:ets.info(__MODULE__, :type)}"',
        ),
      ],
    },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [{ path: '/parts/board', before: 'opened by', after: 'of type ordered_set' }],
    wouldFail: { path: '/parts/board', lacks: 'ordered_set' },
  },
  {
    name: 'state-refilled',
    about: 'init/1 subscribes to something, which the running process never did.',
    new: {
      edits: [
        edit(
          'lib/counter/till.ex',
          'def init(_arg), do: {:ok, nil}',
          'def init(_arg) do\n    Counter.Tally.Subscribers.join()\n    {:ok, nil}\n  end\n\n  @impl true\n  def handle_info({:count, _}, price), do: {:noreply, price}',
        ),
        edit(
          'lib/counter/parts.ex',
          'Price.format(Counter.Till.price())',
          'inspect(Registry.keys(Counter.Tally.Subscribers, Process.whereis(Counter.Till)))',
        ),
      ],
    },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [{ path: '/parts/till', before: '1 EUR', after: '[:count]' }],
    wouldFail: { path: '/parts/till', lacks: ':count' },
  },
  {
    name: 'process-name',
    about: 'A process gets another registered name, which its functions use.',
    new: {
      edits: [
        edit('lib/counter/words.ex', 'opts, name: __MODULE__', 'opts, name: :words'),
        edit(
          'lib/counter/words.ex',
          'GenServer.call(__MODULE__, :current)',
          'GenServer.call(:words, :current)',
        ),
      ],
    },
    up: { mode: 'swap', because: 'process_changed' },
    shows: [{ path: '/parts/words', before: 'one two three', after: 'one two three' }],
    wouldFail: { path: '/parts/words', status: 500 },
  },
  {
    name: 'process-first-argument',
    about: 'start_link/1 passes on another argument.',
    new: {
      edits: [
        edit(
          tally,
          'GenServer.start_link(__MODULE__, 0, name',
          'GenServer.start_link(__MODULE__, 1000, name',
        ),
      ],
    },
    up: { mode: 'swap', because: 'process_changed' },
    shows: [{ path: '/parts/tally', before: '', after: '100' }],
    wouldFail: { path: '/parts/tally', lacks: '100' },
  },
  {
    name: 'process-child-spec',
    about: 'A process gets another shutdown time in its own module.',
    new: { edits: [edit('lib/counter/connection.ex', 'shutdown: 5_000', 'shutdown: 8_000')] },
    up: { mode: 'swap', because: 'process_changed' },
  },
  {
    name: 'statem-logic',
    about: 'The answer of a state machine changed, not its data.',
    new: { edits: [edit(door, '"Knock: ', '"Knock, knock: ')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/door', before: 'Knock: ', after: 'Knock, knock: ' }],
  },
  {
    name: 'statem-state-changed',
    about: 'A state machine starts with other data.',
    new: { edits: knocksInMap },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [{ path: '/parts/door', before: 'Knock: ', after: 'Knock number ' }],
    wouldFail: { path: '/parts/door', status: 500 },
  },
  {
    name: 'statem-migrated',
    about: 'code_change/4 migrates the data of a state machine up and down.',
    new: {
      edits: [
        ...knocksInMap,
        edit(
          door,
          '  @impl true\n  def handle_event',
          `  @impl true
  def code_change({:down, _vsn}, state, %{knocks: knocks}, _extra), do: {:ok, state, knocks}
  def code_change(_vsn, state, knocks, _extra), do: {:ok, state, %{knocks: knocks}}

  @impl true
  def handle_event`,
        ),
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/door', before: 'Knock: ', after: 'Knock number ' }],
  },
  {
    name: 'state-attribute',
    about: 'init/1 reads a module attribute, which changed.',
    old: {
      edits: [
        edit('lib/counter/till.ex', '{:ok, nil}\n', '{:ok, @empty}\n'),
        edit('lib/counter/till.ex', '  use GenServer\n', '  use GenServer\n\n  @empty nil\n'),
      ],
    },
    new: { edits: [edit('lib/counter/till.ex', '@empty nil', '@empty %Counter.Price{amount: 5}')] },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [{ path: '/parts/till', before: '1 EUR', after: '5 EUR' }],
    wouldFail: { path: '/parts/till', contains: '1 EUR' },
  },
  {
    name: 'state-struct',
    about: 'The state is a struct of the process itself, with a key more.',
    old: { edits: holdsStruct },
    new: {
      edits: [
        edit('lib/counter/till.ex', 'defstruct price: nil', 'defstruct price: nil, sold: 0'),
        edit('lib/counter/till.ex', '%{till | price: price}', '%{till | price: price, sold: 1}'),
      ],
    },
    up: { mode: 'swap', because: 'struct_changed' },
    shows: [{ path: '/parts/till', before: '1 EUR', after: '1 EUR' }],
    wouldFail: { path: '/parts/till', status: 500 },
  },
  {
    name: 'state-helper-of-start-link',
    about: 'start_link/1 gets the first state from another module, which changed.',
    old: {
      edits: [
        edit(
          'lib/counter/till.ex',
          'start_link(__MODULE__, nil, name',
          'start_link(__MODULE__, Counter.Leaflet.text(), name',
        ),
        edit(
          'lib/counter/till.ex',
          'def init(_arg), do: {:ok, nil}',
          'def init(text), do: {:ok, %Counter.Price{currency: text}}',
        ),
      ],
    },
    new: { edits: [edit('lib/counter/leaflet.ex', 'Come and count', 'Come again')] },
    up: { mode: 'swap' },
    shows: [{ path: '/parts/till', before: '0 Come and count', after: '0 Come again' }],
    wouldFail: { path: '/parts/till', contains: 'Come and count' },
  },
  {
    name: 'agent-logic',
    about: 'A query to an Agent changed, not its state.',
    old: withBasket,
    new: { edits: [edit('lib/counter/basket.ex', '&length/1', '&(10 + length(&1))')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/colour', before: '0', after: '10' }],
  },
  {
    name: 'agent-keeps-closure',
    about: 'An Agent keeps a working closure of the old code, so there is no hot way back.',
    old: {
      ...withBasket,
      edits: [
        ...(withBasket.edits ?? []),
        edit('lib/counter/basket.ex', 'fn -> [] end', 'fn -> [fn -> :kept end] end'),
        edit('lib/counter/basket.ex', '&length/1', '& hd(&1).()'),
      ],
    },
    new: { edits: [edit('lib/counter/basket.ex', '  def size', '  def shape, do: :round\n\n  def size')] },
    up: { mode: 'hot' },
    down: { mode: 'swap' },
    shows: [{ path: '/parts/colour', before: 'kept', after: 'kept' }],
  },
  {
    name: 'agent-state',
    about: 'The closure in start_link/1 that makes the state of an Agent changed.',
    old: withBasket,
    new: {
      edits: [
        edit('lib/counter/basket.ex', 'fn -> [] end', 'fn -> %{apples: 3} end'),
        edit('lib/counter/basket.ex', '&length/1', '& &1.apples'),
      ],
    },
    up: { mode: 'swap', because: 'process_changed' },
    shows: [{ path: '/parts/colour', before: '0', after: '3' }],
    wouldFail: { path: '/parts/colour', status: 500 },
  },
  {
    name: 'erlang-gen-server-logic',
    about: 'A gen_server in Erlang without a code_change/3 does something else with the same state.',
    old: withGauge,
    new: { edits: [edit('src/counter_gauge.erl', '{reply, Level, Level}', '{reply, Level * 2, Level}')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/colour', before: '21', after: '42' }],
  },
  {
    name: 'erlang-gen-server-state',
    about: 'A gen_server in Erlang starts with another state.',
    old: withGauge,
    new: {
      edits: [
        edit('src/counter_gauge.erl', '{ok, 21}', '{ok, {21, high}}'),
        edit(
          'src/counter_gauge.erl',
          'handle_call(level, _From, Level) ->\n    {reply, Level, Level}',
          'handle_call(level, _From, {Level, Word} = State) ->\n    {reply, lists:concat([Level, " ", Word]), State}',
        ),
      ],
    },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [{ path: '/parts/colour', before: '21', after: '21 high' }],
    wouldFail: { path: '/parts/colour', status: 500 },
  },
  {
    name: 'task-loop',
    about: 'A loop that calls itself by its full name gets the new code at its next turn.',
    new: { edits: [edit('lib/counter/pulse.ex', '"thump"', '"boom"')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/pulse', before: 'thump', after: 'boom' }],
  },
  {
    name: 'swap-among-hot',
    about: 'One changed state is enough for a swap, among changes that could be hot.',
    new: {
      edits: [
        ...countInMap,
        edit('lib/counter.ex', 'version one', 'version two'),
        edit('lib/counter/paint.ex', 'def colour, do: @colour', 'def colour, do: "light " <> @colour'),
      ],
    },
    up: { mode: 'swap', because: 'state_changed' },
    shows: [
      { path: '/version', before: 'version one', after: 'version two' },
      { path: '/parts/colour', before: 'red', after: 'light red' },
    ],
  },
]
