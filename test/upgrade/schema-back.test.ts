import { expect, it } from 'vitest'
import { toldOfSources } from '../helpers/schema.js'

/** The bodies of migrations, and what Gatling must find about the way back of each. */
const cases: Record<string, readonly [body: string, told: readonly string[]]> = {
  'that Ecto reverses': [
    `def change do
      create table(:items) do
        add :name, :string
      end
      alter table(:items) do
        add :price, :integer
        remove :kind, :string, default: "new"
        modify :size, :bigint, from: :integer
      end
      create unique_index(:items, [:name])
      create constraint(:items, :positive, check: "price > 0")
      drop index(:items, [:price])
      rename table(:items), :price, to: :cost
      execute("CREATE VIEW v AS SELECT 1", "DROP VIEW v")
      execute(fn -> repo().query!("SELECT 1") end, fn -> repo().query!("SELECT 2") end)
    end`,
    [],
  ],
  'with a down/0': ['def up, do: execute("UPDATE items SET price = 0")\ndef down, do: :ok', []],
  'with a down/0 that can raise': [
    'def up, do: :ok\ndef down do\nif locked?(), do: raise("locked")\nend\ndefp locked?, do: false',
    [],
  ],
  'without a down/0': ['def up, do: execute("UPDATE items SET price = 0")', ['stays: it has no down/0']],
  'whose down/0 raises': [
    'def up, do: :ok\ndef down do\nIO.puts("no")\nraise "no way back"\nend',
    ['stays: its down/0 raises'],
  ],
  'that loses data or types': [
    `def change do
      execute "UPDATE items SET price = 0"
      execute_file("up.sql")
      drop table(:goods)
      drop_if_exists table("bads")
      drop constraint(:items, :positive)
      alter table(:items, prefix: "shop") do
        remove :price
        remove_if_exists :size, :integer
        add_if_not_exists :colour, :string
        modify :name, :text
        modify :kind, :string, null: false
      end
    end`,
    [
      'stays: it executes something that has no way back',
      'stays: it executes a file that has no way back',
      'stays: it removes the table goods',
      'stays: it removes the table bads',
      'stays: it removes a constraint of items',
      'stays: it removes items.price and does not name its type',
      'stays: it removes items.size',
      'stays: it adds items.colour if it is not there',
      'stays: it changes items.name and does not say from what',
      'stays: it changes items.kind and does not say from what',
    ],
  ],
  'that calls unknown code': [
    `use Shop.Migration
    def change do
      repo().query!("UPDATE items SET price = 0")
      Shop.Helpers.audited(:items)
      alter table(:items), do: modify(:name, :text, options())
    end`,
    [
      'unclear: it uses Shop.Migration',
      'unclear: it calls repo().query! both ways',
      'unclear: it calls Shop.Helpers.audited',
      'unclear: it computes what changes',
    ],
  ],
  'that is broken': ['def change, do: (', ['unclear: its source cannot be read']],
}

const told = await toldOfSources(
  'schema_back',
  'Gatling.SchemaBack',
  Object.values(cases).map(([body]) => body),
)

it.each(Object.entries(cases).map(([name, [, wanted]], n) => [name, n, wanted] as const))(
  'finds in the source the way back of a migration %s',
  (_, n, wanted) => expect(told[n]).toEqual(wanted),
)
