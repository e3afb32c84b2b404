defmodule Counter do
  # Stands in for Ecto: opens the file that ecto_sqlite3 would open.
  def greeting, do: "Hello from " <> System.fetch_env!("DATABASE_PATH")
  def version, do: to_string(Application.spec(:shop, :vsn))
  def revision, do: System.get_env("GATLING_REVISION")
end
