defmodule Mix.Tasks.Phx.Digest do
  @shortdoc "Copies static files to names that contain a fingerprint"

  @moduledoc """
  Copies each file in `priv/static`, or in the directory given, to a name that contains a
  fingerprint of its content, and writes the latest names to `cache_manifest.json`.

      $ mix phx.digest

  Earlier fingerprinted files stay, because open pages still ask for them.
  """
  use Mix.Task

  alias Counter.{Assets, JSON}

  @impl true
  def run(args) do
    directory = List.first(args) || "priv/static"
    latest = for name <- originals(directory), do: {name, copy(directory, name)}

    File.write!(Path.join(directory, Assets.manifest()), JSON.encode(latest) <> "\n")
    Mix.shell().info("Digested #{length(latest)} file(s) in #{directory}")
  end

  defp originals(directory) do
    for path <- Path.wildcard(Path.join(directory, "*.*")),
        name = Path.basename(path),
        name != Assets.manifest() and not Assets.fingerprinted?(name),
        do: name
  end

  defp copy(directory, name) do
    content = File.read!(Path.join(directory, name))
    fingerprint = Base.encode16(:crypto.hash(:md5, content), case: :lower)
    digested = "#{Path.rootname(name)}-#{fingerprint}#{Path.extname(name)}"

    File.write!(Path.join(directory, digested), content)
    digested
  end
end
