# Runs in `bin/<release> eval`. It reports which migrations are up in a release's databases, runs the pending ones, or
# rolls some back. Its answers are lines that begin with `gatling:`.
Code.require_file("schema_change.exs", __DIR__)
Code.require_file("schema_back.exs", __DIR__)

defmodule Gatling.Schema do
  @moduledoc false

  # `back`: versions for which it also says whether they can be rolled back.
  def tell(apps, back) do
    # The first line says why there is no connection. Ecto's page of possible causes would hide it.
    :logger.set_module_level(Ecto.Migrator, :none)

    plainly(0, fn ->
      each(repos(apps), fn repo ->
        folder = Ecto.Migrator.migrations_path(repo)

        for {state, version, name} <- Ecto.Migrator.migrations(repo) do
          say([state, inspect(repo), folder, version, name])

          for {kind, text} <- said(state, folder, version, back), do: say([kind, inspect(repo), version, text])
        end
      end)
    end)
  end

  # Runs the pending migrations. In an umbrella two apps can name the same repo.
  def migrate(apps) do
    plainly(4, fn ->
      apps
      |> Enum.map(&{release_module(&1), repos([&1])})
      |> Enum.flat_map(fn
        {nil, repos} -> Enum.map(repos, &{:repo, &1})
        {module, _} -> [{:module, module}]
      end)
      |> Enum.uniq()
      |> Enum.each(fn
        {:module, module} -> module.migrate()
        {:repo, repo} -> each([repo], &Ecto.Migrator.run(&1, :up, all: true))
      end)
    end)
  end

  def rollback(apps, wanted), do: exactly(apps, wanted, :down)

  # Runs migrations again that were rolled back.
  def restore(apps, wanted), do: exactly(apps, wanted, :up)

  # Runs exactly these migrations, in this order. `to:` and `step:` would include others.
  defp exactly(apps, wanted, direction) do
    plainly(4, fn ->
      repos = repos(apps)

      for {name, version} <- wanted do
        each(Enum.filter(repos, &(inspect(&1) == name)), fn repo ->
          [] != Ecto.Migrator.run(repo, [{version, module(repo, version)}], direction, all: true) ||
            raise "migration #{version} was not run #{direction}"
        end)
      end
    end)
  end

  defp say(words), do: IO.puts("gatling:" <> Enum.join(words, "\t"))

  defp said(:down, folder, version, _), do: of_source(folder, version, &Gatling.SchemaChange.of/1)

  defp said(:up, folder, version, back),
    do: if(version in back, do: of_source(folder, version, &Gatling.SchemaBack.of/1), else: [])

  defp of_source(folder, version, read),
    do: folder |> files(version) |> Enum.flat_map(&read.(File.read!(&1)))

  defp repos(apps) do
    for app <- apps do
      Application.load(app)
      Application.get_env(app, :ecto_repos, [])
    end
    |> Enum.concat()
    |> Enum.uniq()
    |> Enum.filter(fn _ -> Code.ensure_loaded?(Ecto.Migrator) end)
  end

  # Finds the module that `mix phx.gen.release` makes, in the namespace of the app or of its repos.
  defp release_module(app) do
    case repos([app]) do
      [] ->
        nil

      repos ->
        [Macro.camelize(to_string(app)) | Enum.map(repos, &hd(Module.split(&1)))]
        |> Enum.map(&Module.concat(&1, "Release"))
        |> Enum.find(&(Code.ensure_loaded?(&1) and function_exported?(&1, :migrate, 0)))
    end
  end

  defp each(repos, work) do
    # Databases on other machines need ssl, which not every adapter starts.
    Application.ensure_all_started(:ssl)
    for repo <- repos, do: {:ok, _, _} = Ecto.Migrator.with_repo(repo, work)
  end

  defp module(repo, version) do
    Ecto.Migrator.migrations_path(repo)
    |> files(version)
    |> Enum.flat_map(&Code.compile_file/1)
    |> Enum.find_value(fn {module, _} ->
      function_exported?(module, :__migration__, 0) && module
    end)
  end

  defp files(folder, version) do
    [folder, "**", "*_*.exs"]
    |> Path.join()
    |> Path.wildcard()
    |> Enum.filter(&match?({^version, "_" <> _}, Integer.parse(Path.basename(&1))))
  end

  # Does some work. If it fails, prints the error without a page of stack trace.
  defp plainly(frames, work) do
    work.()
  catch
    kind, reason ->
      IO.puts(:stderr, Exception.format(kind, reason, Enum.take(__STACKTRACE__, frames)))
      exit({:shutdown, 1})
  end
end
