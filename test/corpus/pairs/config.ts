import { edit, type Pair } from '../pair.js'

const config = 'config/config.exs'
const runtime = 'config/runtime.exs'
const greeting = edit('lib/counter.ex', 'version one', 'version two')

export const configuration: readonly Pair[] = [
  {
    name: 'config-value',
    about: 'A value of config.exs.',
    new: { edits: [edit(config, 'Count on it', 'Count again')] },
    up: { mode: 'swap', because: 'config_changed' },
    shows: [{ path: '/parts/motto', before: 'Count on it', after: 'Count again' }],
    wouldFail: { path: '/parts/motto', contains: 'Count on it' },
  },
  {
    name: 'config-key-added',
    about: 'config.exs has a new key, which changed code asks for.',
    new: {
      edits: [
        edit(config, '  motto:', '  sign: "Open",\n  motto:'),
        edit('lib/counter/parts.ex', 'Counter.Paint.colour()', 'Application.fetch_env!(:counter, :sign)'),
      ],
    },
    up: { mode: 'swap', because: 'config_changed' },
    shows: [{ path: '/parts/colour', before: 'red', after: 'Open' }],
    wouldFail: { path: '/parts/colour', status: 500 },
  },
  {
    name: 'config-key-removed',
    about: 'config.exs loses a key.',
    new: { edits: [edit(config, '  motto: "Count on it",\n', '')] },
    up: { mode: 'swap', because: 'config_changed' },
    shows: [{ path: '/parts/motto', before: 'Count on it', after: 'could not fetch' }],
    wouldFail: { path: '/parts/motto', contains: 'Count on it' },
  },
  {
    name: 'config-of-dependency',
    about: 'A value of another app.',
    new: {
      edits: [
        edit(config, 'config :logger, :console', 'config :money, sign: "$"\n\nconfig :logger, :console'),
      ],
    },
    up: { mode: 'swap', because: 'config_changed' },
  },
  {
    name: 'config-when-compiled',
    about: 'A value that a module reads when it is compiled.',
    new: { edits: [edit(config, 'colour: "red"', 'colour: "blue"')] },
    up: { mode: 'swap', because: 'config_changed' },
    shows: [{ path: '/parts/colour', before: 'red', after: 'blue' }],
  },
  {
    name: 'config-comment',
    about: 'A comment in config.exs.',
    new: {
      edits: [edit(config, 'config :counter,', '# What is the same on every machine.\nconfig :counter,')],
    },
    up: { mode: 'noop' },
  },
  {
    name: 'config-rearranged',
    about: 'The same values of config.exs, written in another order.',
    new: { edits: [edit(config, '  server: false,\n  port: 4000,', '  port: 4000,\n  server: 1 > 2,')] },
    up: { mode: 'noop' },
  },
  {
    name: 'runtime-value',
    about: 'A value of runtime.exs.',
    new: { edits: [edit(runtime, '|| "10"', '|| "20"')] },
    up: { mode: 'swap', because: 'config_changed' },
    shows: [{ path: '/parts/limit', before: '10', after: '20' }],
    wouldFail: { path: '/parts/limit', contains: '10' },
  },
  {
    name: 'runtime-comment',
    about: 'A comment in runtime.exs.',
    new: { edits: [edit(runtime, 'import Config\n', 'import Config\n\n# Read at every boot.\n')] },
    up: { mode: 'noop' },
  },
  {
    name: 'runtime-same-value',
    about: 'runtime.exs computes the same value in another way.',
    new: {
      edits: [
        edit(
          runtime,
          'String.to_integer(System.get_env("LIMIT") || "10")',
          'System.get_env("MAXIMUM", "5") |> String.to_integer() |> Kernel.*(2)',
        ),
      ],
    },
    up: { mode: 'noop' },
    shows: [{ path: '/parts/limit', before: '10', after: '10' }],
  },
  {
    name: 'runtime-same-value-and-text',
    about: 'runtime.exs computes the same value in another way, and a text changed.',
    new: { edits: [greeting, edit(runtime, '|| "10"', '|| "1" <> "0"')] },
    up: { mode: 'hot' },
    shows: [{ path: '/version', before: 'version one', after: 'version two' }],
  },
  {
    name: 'runtime-never-the-same',
    about: 'runtime.exs did not change, but its value differs at every boot.',
    old: { edits: [edit(runtime, '|| "10")', '|| "10"),\n    booted_at: System.os_time()')] },
    new: { edits: [greeting] },
    up: { mode: 'hot' },
    shows: [{ path: '/version', before: 'version one', after: 'version two' }],
  },
  {
    name: 'config-and-text',
    about: 'A value of config.exs together with a text.',
    new: { edits: [greeting, edit(config, 'Count on it', 'Count twice')] },
    up: { mode: 'swap', because: 'config_changed' },
    shows: [
      { path: '/version', before: 'version one', after: 'version two' },
      { path: '/parts/motto', before: 'Count on it', after: 'Count twice' },
    ],
    wouldFail: { path: '/parts/motto', contains: 'Count on it' },
  },
  {
    name: 'app-env',
    about: 'The application defines a default value.',
    new: { edits: [edit('mix.exs', '      mod: {', '      env: [size: 3],\n      mod: {')] },
    up: { mode: 'swap', because: 'app_spec_changed' },
    shows: [{ path: '/parts/env', before: 'limit: 10', after: 'size: 3' }],
  },
  {
    name: 'app-mod',
    about: 'The application is started with other arguments.',
    new: { edits: [edit('mix.exs', '{Counter.Application, []}', '{Counter.Application, [:fast]}')] },
    up: { mode: 'swap', because: 'app_spec_changed' },
  },
  {
    name: 'app-start-phases',
    about: 'The application starts in phases.',
    new: {
      edits: [
        edit('mix.exs', '      mod: {', '      start_phases: [warm: []],\n      mod: {'),
        edit(
          'lib/counter/application.ex',
          '  defp listener do',
          '  @impl true\n  def start_phase(:warm, _type, _args), do: Counter.Board.put(:opened_by, "phase") && :ok\n\n  defp listener do',
        ),
      ],
    },
    up: { mode: 'swap', because: 'app_spec_changed' },
    shows: [{ path: '/parts/board', before: 'opened by', after: 'opened by phase' }],
    wouldFail: { path: '/parts/board', lacks: 'phase' },
  },
  {
    name: 'app-included',
    about: 'The application includes another one.',
    new: { edits: [edit('mix.exs', '      mod: {', '      included_applications: [:money],\n      mod: {')] },
    up: { mode: 'swap', because: 'app_spec_changed' },
  },
  {
    name: 'app-version',
    about: 'Only the version of the app changed.',
    new: { edits: [edit('mix.exs', 'version: "0.1.0"', 'version: "0.2.0"')] },
    up: { mode: 'hot' },
    shows: [{ path: '/version', before: '"version": "0.1.0"', after: '"version": "0.2.0"' }],
  },
  {
    name: 'app-version-and-text',
    about: 'The version of the app and a text changed.',
    new: { edits: [greeting, edit('mix.exs', 'version: "0.1.0"', 'version: "0.1.1"')] },
    up: { mode: 'hot' },
    shows: [
      { path: '/version', before: '"version": "0.1.0"', after: '"version": "0.1.1"' },
      { path: '/', before: 'version one', after: 'version two' },
    ],
  },
  {
    name: 'release-version',
    about: 'The release has its own version.',
    new: {
      edits: [
        greeting,
        edit(
          'mix.exs',
          '      deps: deps()\n',
          '      releases: [counter: [version: "7"]],\n      deps: deps()\n',
        ),
      ],
    },
    up: { mode: 'hot' },
    shows: [{ path: '/version', before: 'version one', after: 'version two' }],
  },
]
