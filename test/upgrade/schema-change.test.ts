import { describe, expect, it } from 'vitest'
import { toldOfSources } from '../helpers/schema.js'

/** The bodies of migrations, and what Gatling must find in each. */
const cases: Record<string, readonly [body: string, told: readonly string[]]> = {
  'adds and creates': [
    `def change do
      create table(:items) do
        add :name, :string, null: false
      end
      alter table(:items) do
        add :price, :integer
        add :kind, :string, null: false, default: "new"
      end
      create unique_index(:items, [:name])
      drop index(:items, [:price])
      execute("UPDATE items SET price = 0 WHERE drop_date IS NULL")
    end`,
    [],
  ],
  'renames a column': [
    'def change, do: rename table(:items), :price, to: :cost',
    ['breaks: renames items.price to cost'],
  ],
  'renames a table': [
    'def change, do: rename(table("items"), to: table("goods"))',
    ['breaks: renames the table items to goods'],
  ],
  'renames in a pipe': [
    'def change, do: :items |> table() |> rename(:price, to: :cost)',
    ['breaks: renames items.price to cost'],
  ],
  'renames an index': ['def change, do: rename index(:items, [:name]), to: "by_name"', []],
  removes: [
    `def up do
      alter table(:items, prefix: "shop") do
        remove :price
        remove :kind, :string, default: "new"
        remove_if_exists :size, :integer
      end
      drop table(:goods)
    end`,
    [
      'breaks: removes items.price',
      'breaks: removes items.kind',
      'breaks: removes items.size',
      'breaks: removes the table goods',
    ],
  ],
  'changes types or keeps them': [
    `def change do
      alter table(:items) do
        modify :price, :decimal
        modify :size, :bigint, from: :integer
        modify :name, :text, from: {:text, null: false}, null: true
        modify :kind, :string, from: {:string, null: true}, null: false
      end
    end`,
    [
      'breaks: changes items.price to :decimal',
      'breaks: changes items.size to :bigint',
      'breaks: makes items.kind required',
    ],
  ],
  'requires a new value': [
    `def change do
      alter table(:items) do
        add :owner_id, references(:users), null: false
      end
    end`,
    ['breaks: adds items.owner_id, which is required and has no default'],
  ],
  'breaks only on the way down': [
    `def up, do: alter(table(:items), do: add(:price, :integer))
    def down do
      alter table(:items) do
        remove :price
      end
    end`,
    [],
  ],
  'executes SQL': [
    `def change do
      execute("ALTER TABLE items
        RENAME COLUMN price TO cost", "ALTER TABLE items RENAME COLUMN cost TO price")
      execute "alter table items drop constraint positive, drop column price"
      execute "ALTER TABLE items ALTER COLUMN price TYPE numeric"
      execute ~s(ALTER TABLE items ALTER price SET NOT NULL)
      execute "ALTER TABLE items ALTER COLUMN price DROP NOT NULL"
      execute "ALTER TABLE items ADD COLUMN type text"
      execute "CREATE INDEX CONCURRENTLY by_price ON items (price)"
      execute fn -> repo().query!("DROP TABLE goods", [], log: :info) end
    end`,
    [
      'breaks: executes ALTER TABLE items RENAME COLUMN price TO cost',
      'breaks: executes alter table items drop constraint positive, drop column price',
      'breaks: executes ALTER TABLE items ALTER COLUMN price TYPE numeric',
      'breaks: executes ALTER TABLE items ALTER price SET NOT NULL',
      'breaks: executes DROP TABLE goods',
    ],
  ],
  'calls unknown code': [
    `def up do
      execute(File.read!("up.sql"))
      Oban.Migration.up(version: 12)
      Shop.Repo.update_all(Shop.Item, set: [price: 0])
      Enum.each([1], fn _ -> flush() end)
    end`,
    ['unclear: it executes SQL that is not in its source', 'unclear: it calls Oban.Migration.up'],
  ],
  'uses helpers': [
    'import Shop.MigrationHelpers\ndef change, do: audited(:items)',
    ['unclear: it uses Shop.MigrationHelpers'],
  ],
  'is broken': ['def change, do: (', ['unclear: its source cannot be read']],
}

const told = await toldOfSources(
  'schema_change',
  'Gatling.SchemaChange',
  Object.values(cases).map(([body]) => body),
)

describe('the source of a migration', () => {
  it.each(Object.entries(cases).map(([name, [, wanted]], n) => [name, n, wanted] as const))(
    'is understood if it %s',
    (_, n, wanted) => expect(told[n]).toEqual(wanted),
  )
})
