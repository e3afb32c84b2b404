defmodule Counter.Repo.Migrations.CreateCounts do
  use Ecto.Migration

  def up, do: execute("create counts")
  def down, do: execute("drop counts")
end
