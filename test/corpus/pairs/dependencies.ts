import { edit, type Pair } from '../pair.js'

const money = 'deps/money/lib/money.ex'

const tax = {
  'deps/tax/mix.exs': `defmodule Tax.MixProject do
  use Mix.Project

  def project, do: [app: :tax, version: "1.0.0", elixir: "~> 1.12", deps: []]

  def application, do: [extra_applications: [:logger], env: [percent: 19]]
end
`,
  'deps/tax/lib/tax.ex': `defmodule Tax do
  def text, do: "#{Application.fetch_env!(:tax, :percent)} percent"
end
`,
}

const taxAdded = {
  files: tax,
  edits: [
    edit('mix.exs', '      {:money,', '      {:tax, path: "deps/tax"},\n      {:money,'),
    edit('lib/counter/parts.ex', 'Counter.Paint.colour()', 'Tax.text()'),
  ],
}

const moneyChanged = { edits: [edit(money, '}.#{', '},#{')] }

const moneyShown = [{ path: '/parts/money', before: '12.50', after: '12,50' }]

export const dependencies: readonly Pair[] = [
  {
    name: 'dependency-changed',
    about: 'The code of a dependency changed.',
    new: moneyChanged,
    up: { mode: 'swap', because: 'dependency_changed' },
    shows: moneyShown,
  },
  {
    name: 'dependency-changed-hot',
    about: 'The code of a dependency changed, and dependencies may be hot.',
    new: moneyChanged,
    settings: { dependencies: 'hot' },
    up: { mode: 'hot' },
    shows: moneyShown,
  },
  {
    name: 'dependency-comment',
    about: 'A comment in a dependency.',
    new: { edits: [edit(money, '  def format', '  # For people.\n  def format')] },
    up: { mode: 'noop' },
  },
  {
    name: 'dependency-version',
    about: 'A dependency has another version, and changed with it.',
    new: { edits: [...moneyChanged.edits, edit('deps/money/mix.exs', '1.0.0', '1.1.0')] },
    up: { mode: 'swap', because: 'dependency_changed' },
    shows: moneyShown,
  },
  {
    name: 'dependency-version-hot',
    about: 'A dependency has another version, and dependencies may be hot.',
    new: { edits: [...moneyChanged.edits, edit('deps/money/mix.exs', '1.0.0', '1.1.0')] },
    settings: { dependencies: 'hot' },
    up: { mode: 'hot' },
    shows: moneyShown,
  },
  {
    name: 'dependency-struct-hot',
    about: 'A struct of a dependency has a new key, although dependencies may be hot.',
    new: { edits: [edit(money, 'defstruct cents: 0', 'defstruct cents: 0, currency: "EUR"')] },
    settings: { dependencies: 'hot' },
    up: { mode: 'swap', because: 'struct_changed' },
  },
  {
    name: 'dependency-added',
    about: 'The app has a new dependency.',
    new: taxAdded,
    up: { mode: 'swap', because: 'dependency_added' },
    down: { mode: 'swap', because: 'dependency_removed' },
    shows: [{ path: '/parts/colour', before: 'red', after: '19 percent' }],
  },
  {
    name: 'dependency-added-hot',
    about: 'The app has a new dependency with its own values, and dependencies may be hot.',
    new: taxAdded,
    settings: { dependencies: 'hot' },
    up: { mode: 'hot' },
    down: { mode: 'swap', because: 'dependency_removed', lacks: 'function_gone' },
    shows: [{ path: '/parts/colour', before: 'red', after: '19 percent' }],
  },
  {
    name: 'dependency-removed',
    about: 'The app loses a dependency.',
    new: {
      edits: [
        edit('mix.exs', '      {:money, path: "deps/money"},\n', ''),
        edit('lib/counter/parts.ex', 'Money.format(1250)', '"no money"'),
      ],
    },
    up: { mode: 'swap', because: 'dependency_removed' },
    down: { mode: 'swap', because: 'dependency_added' },
    shows: [{ path: '/parts/money', before: '12.50', after: 'no money' }],
  },
  {
    name: 'otp-application-added',
    about: 'The app needs an application of OTP that does not run.',
    new: {
      edits: [
        edit('mix.exs', ':crypto, :eex]', ':crypto, :eex, :inets]'),
        edit(
          'lib/counter/parts.ex',
          'Counter.Paint.colour()',
          '"inets: #{is_pid(Process.whereis(:inets_sup))}"',
        ),
      ],
    },
    up: { mode: 'swap' },
    shows: [{ path: '/parts/colour', before: 'red', after: 'inets: true' }],
  },
  {
    name: 'dependency-and-text',
    about: 'A dependency changed together with a text.',
    new: { edits: [...moneyChanged.edits, edit('lib/counter.ex', 'version one', 'version two')] },
    up: { mode: 'swap', because: 'dependency_changed' },
    shows: [...moneyShown, { path: '/version', before: 'version one', after: 'version two' }],
  },
]
