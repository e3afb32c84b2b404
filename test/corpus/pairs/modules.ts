import { edit, type Pair } from '../pair.js'

const greeting = edit('lib/counter.ex', 'Hello from version one', 'Hello from version two')

const routeTo = (module: string) =>
  edit(
    'lib/counter/router.ex',
    '  # Answers late,',
    `  defp route("GET", ["new"], _request), do: text(200, ${module}.text())\n\n  # Answers late,`,
  )

export const modules: readonly Pair[] = [
  {
    name: 'comment',
    about: 'A comment is not part of the program.',
    new: { edits: [edit('lib/counter/page.ex', '# When the socket closes', '# As soon as it closes')] },
    up: { mode: 'noop' },
    shows: [{ path: '/version', before: 'version one', after: 'version one' }],
  },
  {
    name: 'documentation',
    about: 'Documentation is not part of the program.',
    new: { edits: [edit('lib/counter/price.ex', 'An amount of a currency.', 'So much of a currency.')] },
    up: { mode: 'noop' },
  },
  {
    name: 'lines-moved',
    about: 'The position of functions and modules in their file does not matter.',
    new: {
      edits: [
        edit('lib/counter/price.ex', '  def format', '\n\n\n  def format'),
        edit('lib/counter/shelf.ex', 'defmodule Counter.Shelf do', '\n\ndefmodule Counter.Shelf do'),
      ],
    },
    up: { mode: 'noop' },
  },
  {
    name: 'spec-added',
    about: 'A type specification is not executed.',
    new: {
      edits: [edit('lib/counter/price.ex', '  def new(', '  @spec new(integer) :: struct\n  def new(')],
    },
    up: { mode: 'noop' },
  },
  {
    name: 'variable-renamed',
    about: 'Another name for a variable compiles to the same code.',
    new: {
      edits: [
        edit(
          'lib/counter/price.ex',
          'def new(amount), do: %__MODULE__{amount: amount}',
          'def new(sum), do: %__MODULE__{amount: sum}',
        ),
      ],
    },
    up: { mode: 'noop' },
  },
  {
    name: 'text',
    about: 'The text of one module changed.',
    new: { edits: [greeting] },
    up: { mode: 'hot' },
    shows: [
      { path: '/version', before: 'Hello from version one', after: 'Hello from version two' },
      { path: '/', before: 'Hello from version one', after: 'Hello from version two' },
    ],
  },
  {
    name: 'template-file',
    about: 'A template file that is compiled into a module changed.',
    new: { edits: [edit('lib/counter/card.html.eex', 'In stock', 'Sold out')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/card', before: 'In stock', after: 'Sold out' }],
  },
  {
    name: 'several-modules',
    about: 'Several modules change together.',
    new: {
      edits: [
        greeting,
        edit('lib/counter/page.ex', '<title>Counter</title>', '<title>Two</title>'),
        edit('lib/counter/paint.ex', 'def colour, do: @colour', 'def colour, do: "dark " <> @colour'),
      ],
    },
    up: { mode: 'hot' },
    shows: [
      { path: '/', before: '<title>Counter</title>', after: '<title>Two</title>' },
      { path: '/parts/colour', before: 'red', after: 'dark red' },
      { path: '/version', before: 'version one', after: 'version two' },
    ],
  },
  {
    name: 'private-function',
    about: 'Only a private function changed.',
    new: { edits: [edit('lib/counter/json.ex', '": ", value(value)', '":  ", value(value)')] },
    up: { mode: 'hot' },
    shows: [{ path: '/version', before: '"greeting": "', after: '"greeting":  "' }],
  },
  {
    name: 'module-attribute',
    about: 'A module attribute that functions read changed.',
    new: { edits: [edit('lib/counter/router.ex', '@longest_wait 60_000', '@longest_wait 30_000')] },
    up: { mode: 'hot' },
    shows: [{ path: '/slow?ms=70000', before: 'from 0 to 60000', after: 'from 0 to 30000' }],
  },
  {
    name: 'macro',
    about: 'A macro changed, and with it the module that uses it.',
    new: { edits: [edit('lib/counter/units.ex', 'pieces"', 'items"')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/report', before: 'Total: 5 pieces', after: 'Total: 5 items' }],
  },
  {
    name: 'macro-removed',
    about: 'A module of a macro is removed, which was used only when compiling.',
    new: {
      files: { 'lib/counter/units.ex': null },
      edits: [
        edit('lib/counter/report.ex', '  import Counter.Units\n\n', ''),
        edit('lib/counter/report.ex', 'with_unit(5)', '"5 kilos"'),
      ],
    },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/report', before: 'Total: 5 pieces', after: 'Total: 5 kilos' }],
  },
  {
    name: 'erlang-module',
    about: 'A module written in Erlang.',
    new: { edits: [edit('src/counter_abacus.erl', 'lists:sum(Numbers)', '100 + lists:sum(Numbers)')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/abacus', before: '3', after: '103' }],
  },
  {
    name: 'module-added',
    about: 'A new module and a route to it. On the way back a request could still need it.',
    new: {
      files: { 'lib/counter/poster.ex': 'defmodule Counter.Poster do\n  def text, do: "A poster"\nend\n' },
      edits: [routeTo('Counter.Poster')],
    },
    up: { mode: 'hot' },
    down: { mode: 'swap', because: 'function_gone' },
    shows: [{ path: '/new', before: 'Not Found', after: 'A poster' }],
  },
  {
    name: 'module-removed',
    about: 'A module that nobody calls is removed.',
    new: { files: { 'lib/counter/leaflet.ex': null } },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
  },
  {
    name: 'module-gone',
    about: 'A module that others call is removed, and a running request could still need it.',
    new: {
      files: { 'lib/counter/paint.ex': null },
      edits: [edit('lib/counter/parts.ex', 'Counter.Paint.colour()', '"no colour"')],
    },
    up: { mode: 'swap', because: 'function_gone' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/colour', before: 'red', after: 'no colour' }],
  },
  {
    name: 'module-renamed',
    about: 'A module gets another name.',
    new: {
      files: {
        'lib/counter/paint.ex': null,
        'lib/counter/brush.ex': 'defmodule Counter.Brush do\n  def colour, do: "brushed"\nend\n',
      },
      edits: [edit('lib/counter/parts.ex', 'Counter.Paint.colour()', 'Counter.Brush.colour()')],
    },
    up: { mode: 'swap', because: 'function_gone' },
    shows: [{ path: '/parts/colour', before: 'red', after: 'brushed' }],
  },
  {
    name: 'module-moved',
    about: 'The same module in another file is the same program.',
    new: {
      files: {
        'lib/counter/leaflet.ex': null,
        'lib/counter/paper/leaflet.ex':
          'defmodule Counter.Leaflet do\n  @moduledoc false\n  def text, do: "Come and count"\nend\n',
      },
    },
    up: { mode: 'noop' },
  },
  {
    name: 'function-gone',
    about: 'A function that other modules call is removed.',
    new: {
      edits: [
        edit('lib/counter/shelf.ex', 'def name, do: "Shelf"', 'def title, do: "Rack"'),
        edit('lib/counter/stock.ex', 'Shelf.name()', 'Shelf.title()'),
      ],
    },
    up: { mode: 'swap', because: 'function_gone' },
    shows: [{ path: '/parts/stock', before: 'Shelf: 7 apples', after: 'Rack: 7 apples' }],
  },
  {
    name: 'function-gone-captured',
    about: 'A function that another module captures is removed.',
    old: {
      edits: [
        edit('lib/counter/leaflet.ex', 'def text', 'def fold(page), do: "#{page} folded"\n\n  def text'),
        edit(
          'lib/counter/parts.ex',
          'Counter.Report.text()',
          'Enum.map_join([1, 2], ", ", &Counter.Leaflet.fold/1)',
        ),
      ],
    },
    new: {
      edits: [
        edit(
          'lib/counter/leaflet.ex',
          'def fold(page), do: "#{page} folded"',
          'def bind(page), do: "#{page} bound"',
        ),
        edit('lib/counter/parts.ex', '&Counter.Leaflet.fold/1', '&Counter.Leaflet.bind/1'),
      ],
    },
    up: { mode: 'swap', because: 'function_gone' },
    shows: [{ path: '/parts/report', before: '1 folded, 2 folded', after: '1 bound, 2 bound' }],
  },
  {
    name: 'function-unused',
    about: 'A public function that nobody calls is removed.',
    new: { edits: [edit('lib/counter/report.ex', '  def unused, do: "Nobody calls this"\n\n', '')] },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
  },
  {
    name: 'function-made-private',
    about: 'A public function that only its own module calls becomes private.',
    new: { edits: [edit('lib/counter/report.ex', 'def title, do: "Report"', 'defp title, do: "Paper"')] },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
  },
  {
    name: 'function-with-default',
    about: 'A function gets an argument with a default, so the old function still exists.',
    new: {
      edits: [
        edit(
          'lib/counter/price.ex',
          'def format(price), do: "#{price.amount} #{price.currency}"',
          'def format(price, sep \\\\ ":"), do: "#{price.amount}#{sep}#{price.currency}"',
        ),
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/parts/price', before: '3 EUR', after: '3:EUR' }],
  },
  {
    name: 'argument-added',
    about: 'A function gets an argument, which makes it another function.',
    new: {
      edits: [
        edit(
          'lib/counter/price.ex',
          'def format(price), do: "#{price.amount} #{price.currency}"',
          'def format(price, sep), do: "#{price.amount}#{sep}#{price.currency}"',
        ),
        edit('lib/counter/parts.ex', 'Price.format(Price.new(3))', 'Price.format(Price.new(3), "/")'),
        edit(
          'lib/counter/parts.ex',
          'Price.format(Counter.Till.price())',
          'Price.format(Counter.Till.price(), "/")',
        ),
      ],
    },
    up: { mode: 'swap', because: 'function_gone' },
    shows: [{ path: '/parts/price', before: '3 EUR', after: '3/EUR' }],
  },
  {
    name: 'function-added',
    about: 'A new function is called at once, so both modules change together.',
    new: {
      edits: [
        edit(
          'lib/counter/price.ex',
          '  def free?',
          '  def short(price), do: "#{price.amount}e"\n\n  def free?',
        ),
        edit('lib/counter/parts.ex', 'Price.format(Price.new(3))', 'Price.short(Price.new(3))'),
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'swap', because: 'function_gone' },
    shows: [{ path: '/parts/price', before: '3 EUR', after: '3e' }],
  },
  {
    name: 'route-added',
    about: 'A new route.',
    new: { edits: [routeTo('Counter.Leaflet')] },
    up: { mode: 'hot' },
    down: { mode: 'hot' },
    shows: [{ path: '/new', before: 'Not Found', after: 'Come and count' }],
  },
  {
    name: 'struct-key-added',
    about: 'A struct gets a key, and a process still holds a struct without it.',
    new: {
      edits: [
        edit('lib/counter/price.ex', 'currency: "EUR"', 'currency: "EUR", discount: 0'),
        edit('lib/counter/price.ex', '#{price.currency}"', '#{price.currency}, #{price.discount} off"'),
      ],
    },
    up: { mode: 'swap', because: 'struct_changed' },
    shows: [{ path: '/parts/till', before: '1 EUR', after: '1 EUR, 0 off' }],
    wouldFail: { path: '/parts/till', status: 500 },
  },
  {
    name: 'struct-key-removed',
    about: 'A struct loses a key, and code that copies an old struct would keep it.',
    new: {
      edits: [
        edit('lib/counter/price.ex', 'amount: 0, currency: "EUR"', 'amount: 0'),
        edit(
          'lib/counter/price.ex',
          '#{price.amount} #{price.currency}',
          '#{price.amount} of #{map_size(price)}',
        ),
      ],
    },
    up: { mode: 'swap', because: 'struct_changed' },
    shows: [{ path: '/parts/till', before: '1 EUR', after: '1 of 2' }],
    wouldFail: { path: '/parts/till', lacks: '1 of 2' },
  },
  {
    name: 'struct-key-renamed',
    about: 'A key of a struct gets another name.',
    new: {
      edits: [
        edit('lib/counter/price.ex', 'currency: "EUR"', 'unit: "EUR"'),
        edit('lib/counter/price.ex', 'price.currency', 'price.unit <> "!"'),
      ],
    },
    up: { mode: 'swap', because: 'struct_changed' },
    shows: [{ path: '/parts/till', before: '1 EUR', after: '1 EUR!' }],
    wouldFail: { path: '/parts/till', status: 500 },
  },
  {
    name: 'struct-default',
    about: 'A key of a struct gets another default, and existing structs keep theirs.',
    new: { edits: [edit('lib/counter/price.ex', 'currency: "EUR"', 'currency: "USD"')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/price', before: '3 EUR', after: '3 USD' }],
  },
  {
    name: 'struct-order',
    about: 'A struct has the same keys in another order.',
    new: {
      edits: [edit('lib/counter/price.ex', 'amount: 0, currency: "EUR"', 'currency: "Euro", amount: 0')],
    },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/price', before: '3 EUR', after: '3 Euro' }],
  },
  {
    name: 'struct-enforced',
    about: 'A struct enforces a key, which only the compiler checks.',
    new: {
      edits: [
        edit('lib/counter/price.ex', '  defstruct', '  @enforce_keys [:amount]\n  defstruct'),
        edit('lib/counter/price.ex', 'price.amount == 0', 'price.amount <= 0'),
      ],
    },
    up: { mode: 'hot' },
  },
  {
    name: 'struct-first',
    about: 'A module defines its first struct, so nobody can hold one yet.',
    new: {
      edits: [
        edit(
          'lib/counter/leaflet.ex',
          '  def text, do:',
          '  defstruct pages: 1\n\n  def new, do: %__MODULE__{}\n\n  def text, do:',
        ),
      ],
    },
    up: { mode: 'hot' },
    down: { mode: 'swap', because: 'struct_changed' },
  },
  {
    name: 'ets-kept',
    about: 'The owner of an ETS table gets new code, and the table stays as it is.',
    new: { edits: [edit('lib/counter/board.ex', '"opened by', '"first opened by')] },
    up: { mode: 'hot' },
    shows: [{ path: '/parts/board', before: 'opened by', after: 'first opened by' }],
  },
  {
    name: 'long-lived-connection',
    about: 'The code of connections and sockets, which are never restarted, changed.',
    new: {
      edits: [
        edit('lib/counter/connection.ex', 'refuse(400, state)\n\n  # The', 'refuse(431, state)\n\n  # The'),
        edit(
          'lib/counter/web_socket.ex',
          'write(state, {:text, to_string(count)})',
          'write(state, {:text, "#{count}"})',
        ),
        edit('lib/counter/web_socket.ex', 'if message == "+",', 'if message in ["+", "plus"],'),
      ],
    },
    up: { mode: 'hot' },
  },
  {
    name: 'migration-files',
    about: 'A new migration, which has already run, together with a text.',
    new: {
      edits: [greeting],
      files: {
        'priv/repo/migrations/20240202000000_add_name.exs':
          'defmodule Counter.Repo.Migrations.AddName do\nend\n',
      },
    },
    up: { mode: 'hot' },
    shows: [{ path: '/version', before: 'version one', after: 'version two' }],
  },
  {
    name: 'translations',
    about: 'Translations are compiled into modules, so their files do not matter.',
    new: {
      edits: [
        greeting,
        edit('priv/gettext/en/LC_MESSAGES/default.po', 'msgstr "Hello"', 'msgstr "Good day"'),
      ],
    },
    up: { mode: 'hot' },
    shows: [{ path: '/version', before: 'version one', after: 'version two' }],
  },
]
