import { type Change, edit, type Pair } from '../pair.js'

/** Shows the value of a call in the place of an existing part. */
const shown = (call: string) =>
  edit(
    'lib/counter/parts.ex',
    'defp show("colour"), do: Counter.Paint.colour()',
    `defp show("colour"), do: ${call}`,
  )

/** Like Ecto, it keeps a query for all schemas with the same hash. The hash has the names and types of fields, not columns. */
const withSchema: Change = {
  files: {
    'lib/counter/product.ex': `defmodule Counter.Product do
  def __schema__(:dump), do: %{id: {:id, :id, :always}, name: {:name, :string, :always}}
  def __schema__(:hash), do: :erlang.phash2([id: :id, name: :string])
end
`,
    'lib/counter/queries.ex': `defmodule Counter.Queries do
  def all(schema) do
    key = {schema, schema.__schema__(:hash)}

    with nil <- :persistent_term.get(key, nil) do
      {column, _, _} = schema.__schema__(:dump).name
      query = "SELECT #{column}"
      :persistent_term.put(key, query)
      query
    end
  end
end
`,
  },
  edits: [shown('Counter.Queries.all(Counter.Product)')],
}

/** Like Ecto.Repo: another module starts the process, and asks the repo for its configuration. */
const withRepo: Change = {
  files: {
    'lib/counter/repo.ex': `defmodule Counter.Repo do
  def child_spec(opts), do: %{id: __MODULE__, start: {__MODULE__, :start_link, [opts]}}
  def start_link(_opts), do: Counter.RepoServer.start_link(__MODULE__)
  def init(_type, config), do: {:ok, [pool_size: 2] ++ config}
end
`,
    'lib/counter/repo_server.ex': `defmodule Counter.RepoServer do
  use GenServer

  def start_link(repo), do: GenServer.start_link(__MODULE__, repo, name: repo)
  def config(repo), do: GenServer.call(repo, :config)

  @impl true
  def init(repo), do: repo.init(:supervisor, [])

  @impl true
  def handle_call(:config, _from, config), do: {:reply, config, config}
end
`,
  },
  edits: [
    edit('lib/counter/application.ex', 'Counter.Board,', 'Counter.Board,\n        Counter.Repo,'),
    shown('inspect(Counter.RepoServer.config(Counter.Repo))'),
  ],
}

export const ecto: readonly Pair[] = [
  {
    name: 'schema-column',
    about: 'A field of a schema has another column, and Ecto keeps a query for the old one.',
    old: withSchema,
    new: { edits: [edit('lib/counter/product.ex', 'name: {:name,', 'name: {:title,')] },
    up: { mode: 'swap', because: 'columns_changed' },
    shows: [{ path: '/parts/colour', before: 'SELECT name', after: 'SELECT title' }],
    wouldFail: { path: '/parts/colour', lacks: 'SELECT title' },
  },
  {
    name: 'schema-type',
    about: 'A field of a schema has another type, so the hash differs and Ecto makes a new query.',
    old: withSchema,
    new: {
      edits: [
        edit('lib/counter/product.ex', 'name: {:name, :string,', 'name: {:name, :binary,'),
        edit('lib/counter/product.ex', 'name: :string', 'name: :binary'),
      ],
    },
    up: { mode: 'hot' },
  },
  {
    name: 'repo-init',
    about: 'The init/2 of a repo, which its start_link/1 does not call, sets another option.',
    old: withRepo,
    new: { edits: [edit('lib/counter/repo.ex', 'pool_size: 2', 'pool_size: 5')] },
    up: { mode: 'swap', because: 'process_changed' },
    shows: [{ path: '/parts/colour', before: 'pool_size: 2', after: 'pool_size: 5' }],
    wouldFail: { path: '/parts/colour', lacks: 'pool_size: 5' },
  },
]
