# Evaluates the mix.exs in this folder, and those of the other apps in this repository, in this VM. It writes what a
# deploy must know about them to a file. Each line is one fact: its name, a tab, and its value.

# Finds the apps of this repository: its own, those of an umbrella, and those in folders that their deps name by a path.
defmodule Gatling.Repository do
  @moduledoc false

  # Returns the names of the apps, and the files and folders that it read, relative to this folder.
  def apps(config) do
    {found, read} = walk(near(config, umbrella(), "."), %{}, ["mix.exs" | listed(config, ".")])
    {Enum.uniq(List.wrap(config[:app]) ++ Map.values(found)), Enum.uniq(read)}
  end

  defp walk([], found, read), do: {found, read}
  defp walk([{_, folder} | rest], found, read) when is_map_key(found, folder), do: walk(rest, found, read)

  defp walk([{app, folder} | rest], found, read) do
    {config, umbrella} = project(app, folder)
    looked_at = [Path.join(folder, "mix.exs") | listed(config, folder)]
    walk(rest ++ near(config, umbrella, folder), Map.put(found, folder, app), looked_at ++ read)
  end

  # Reads the project of an app. It ignores a broken one: mix reports the error when it needs the app.
  defp project(app, folder) do
    if File.regular?(Path.join(folder, "mix.exs")),
      do: Mix.Project.in_project(app, folder, fn _ -> {Mix.Project.config(), umbrella()} end),
      else: {[], []}
  rescue
    _ -> {[], []}
  end

  defp umbrella, do: Enum.to_list(Mix.Project.apps_paths() || %{})

  defp near(config, umbrella, folder) do
    for {app, path} <- umbrella ++ paths(config[:deps] || []),
        place = Path.join(folder, path) |> Path.expand() |> Path.relative_to(File.cwd!()),
        not String.starts_with?(place, ["/", "deps/"]) and place != ".",
        do: {app, place}
  end

  defp paths(dependencies) do
    for dependency <- dependencies,
        options = dependency |> Tuple.to_list() |> List.last(),
        is_list(options),
        path = options[:path] || (options[:in_umbrella] && "../#{elem(dependency, 0)}"),
        is_binary(path),
        do: {elem(dependency, 0), path}
  end

  # Lists the places in which a new app of an umbrella would appear.
  defp listed(config, folder) do
    case config[:apps_path] do
      nil -> []
      path -> listed(Path.join(folder, path))
    end
  end

  defp listed(folder), do: [folder | Enum.map(Path.wildcard(Path.join(folder, "*")), &Path.join(&1, "mix.exs"))]
end

[output] = System.argv()
Mix.start()
Mix.env(:prod)
Code.compile_file("mix.exs")
config = Mix.Project.config()
module = Mix.Project.get!()
application = if function_exported?(module, :application, 0), do: module.application(), else: []

releases =
  case config[:releases] do
    releases when is_function(releases) -> releases.()
    releases -> releases || []
  end

{own, read} = Gatling.Repository.apps(config)

# The tasks of Mix itself. Gatling finds those of the app and its dependencies in _build.
tasks =
  for "Elixir.Mix.Tasks." <> file <- File.ls!(:code.lib_dir(:mix, :ebin)),
      do: file |> Path.rootname() |> String.split(".") |> Enum.map_join(".", &Macro.underscore/1)

facts =
  [
    {"elixir", System.version()},
    {"requires", config[:elixir] || ""},
    {"fits", is_nil(config[:elixir]) or Version.match?(System.version(), config[:elixir])},
    {"app", config[:app] || ""},
    {"version", config[:version] || ""},
    {"umbrella", Mix.Project.umbrella?(config)},
    {"runs", Keyword.has_key?(application, :mod)}
  ] ++
    for({name, _} <- releases, do: {"release", name}) ++
    for(name <- own, do: {"own", name}) ++
    for(path <- read, do: {"read", path}) ++
    for({name, _} <- config[:aliases] || [], do: {"task", name}) ++
    for(name <- tasks, do: {"task", name})

File.write!(output, Enum.map(facts, fn {name, value} -> "#{name}\t#{value}\n" end))
