defmodule Ecto.Migrator do
  @moduledoc "Stands in for Ecto.Migrator, with the functions that Gatling calls. A file has a line for each migration that is up."

  def with_repo(repo, work) do
    if System.get_env("PHX_SERVER"), do: raise("a migration must not listen")
    {:ok, work.(repo), []}
  end

  def migrations_path(repo),
    do: Application.app_dir(repo.config()[:otp_app], "priv/repo/migrations")

  def migrations(repo) do
    up = versions(repo)

    for {version, name, _} <- files(repo),
        do: {if(version in up, do: :up, else: :down), version, name}
  end

  def run(repo, direction, all: true) do
    wanted = for {version, _, file} <- files(repo), do: {version, module(file)}
    run(repo, wanted, direction, all: true)
  end

  def run(repo, wanted, direction, all: true) do
    for {version, module} <- wanted, version in versions(repo) == (direction == :down) do
      apply(module, direction, [])
      now = if direction == :up, do: [version | versions(repo)], else: versions(repo) -- [version]
      File.write!(path(repo), Enum.map(Enum.sort(now), &"#{&1}\n"))
      version
    end
  end

  defp versions(repo) do
    case File.read(path(repo)) do
      {:ok, text} -> text |> String.split() |> Enum.map(&String.to_integer/1)
      {:error, :enoent} -> []
    end
  end

  defp path(repo), do: repo.config()[:file] <> ".versions"

  defp files(repo) do
    for file <- Enum.sort(Path.wildcard(Path.join([migrations_path(repo), "**", "*.exs"]))) do
      {version, "_" <> name} = file |> Path.basename(".exs") |> Integer.parse()
      {version, name, file}
    end
  end

  defp module(file), do: file |> Code.compile_file() |> hd() |> elem(0)
end
