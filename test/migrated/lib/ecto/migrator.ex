defmodule Ecto.Migrator do
  @moduledoc "Stands for ecto_sql's, with the functions that Gatling calls, on a real PostgreSQL."

  import Counter.Db, only: [ask: 1]

  def with_repo(repo, work), do: {:ok, work.(repo), []}
  def migrations_path(_repo), do: Application.app_dir(:shop, "priv/repo/migrations")

  # ecto_sql also lists a migration whose file is gone.
  def migrations(repo) do
    known = for {version, name, _} <- files(repo), do: {version, name}
    gone = for version <- versions(), not List.keymember?(known, version, 0), do: {version, "** FILE NOT FOUND **"}

    for {version, name} <- Enum.sort(known ++ gone),
        do: {if(version in versions(), do: :up, else: :down), version, name}
  end

  def run(repo, direction, all: true) do
    wanted = for {version, _, file} <- files(repo), do: {version, module(file)}
    run(repo, wanted, direction, all: true)
  end

  def run(_repo, wanted, direction, all: true) do
    for {version, module} <- wanted, version in versions() == (direction == :down) do
      apply(module, direction, [])
      note(version, direction)
      version
    end
  end

  defp note(version, :up), do: ask("INSERT INTO schema_migrations VALUES (#{version})")
  defp note(version, :down), do: ask("DELETE FROM schema_migrations WHERE version = #{version}")

  defp versions do
    ask("CREATE TABLE IF NOT EXISTS schema_migrations (version bigint PRIMARY KEY)")
    text = ask("SELECT coalesce(string_agg(version::text, ' '), '') FROM schema_migrations")
    for version <- String.split(text), do: String.to_integer(version)
  end

  defp files(repo) do
    for file <- Enum.sort(Path.wildcard(Path.join(migrations_path(repo), "*.exs"))) do
      {version, "_" <> name} = file |> Path.basename(".exs") |> Integer.parse()
      {version, name, file}
    end
  end

  defp module(file), do: file |> Code.compile_file() |> hd() |> elem(0)
end
