# Evaluates the mix.exs in this folder, in a VM of its own, and writes what a deploy must know of it to a file:
# one fact a line, its name and its value separated by a tab.

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

# A dependency with a path or a git address needs no Hex.
from_hex? = fn dependency ->
  options = dependency |> Tuple.to_list() |> List.last()
  not (is_list(options) and Enum.any?([:path, :git, :github, :in_umbrella], &Keyword.has_key?(options, &1)))
end

# The apps of this repository: its own, those of an umbrella, and dependencies whose path leads into it.
inside? = fn path -> not String.starts_with?(Path.relative_to(Path.expand(path), File.cwd!()), ["/", "deps/"]) end

own =
  List.wrap(config[:app]) ++
    Map.keys(Mix.Project.apps_paths(config) || %{}) ++
    for dependency <- config[:deps] || [],
        options = dependency |> Tuple.to_list() |> List.last(),
        is_list(options) and is_binary(options[:path]) and inside?.(options[:path]),
        do: elem(dependency, 0)

# The tasks Mix itself brings; the app's and its dependencies' are found in _build.
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
    {"runs", Keyword.has_key?(application, :mod)},
    {"hex", Enum.any?(config[:deps] || [], from_hex?)}
  ] ++
    for({name, _} <- releases, do: {"release", name}) ++
    for(name <- own, do: {"own", name}) ++
    for({name, _} <- config[:aliases] || [], do: {"task", name}) ++
    for(name <- tasks, do: {"task", name})

File.write!(output, Enum.map(facts, fn {name, value} -> "#{name}\t#{value}\n" end))
