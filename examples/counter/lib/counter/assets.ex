defmodule Counter.Assets do
  @moduledoc """
  Serves the files in `priv/static`.

  `mix phx.digest` gives each a second name that contains a fingerprint of its content, such as
  `app-d41d8cd98f00b204e9800998ecf8427e.css`. A file with such a name never changes, so browsers
  can keep it. `cache_manifest.json` has the latest name of each file.
  """
  import Counter.Response, only: [text: 1]

  @manifest "cache_manifest.json"
  @fingerprinted ~r/-[0-9a-f]{32}\.\w+\z/

  # The app serves only files of these types, so it does not serve the manifest.
  @types %{
    ".css" => "text/css; charset=utf-8",
    ".js" => "text/javascript; charset=utf-8",
    ".svg" => "image/svg+xml",
    ".png" => "image/png"
  }

  def manifest, do: @manifest

  def fingerprinted?(name), do: name =~ @fingerprinted

  @doc """
  Returns the path where the page finds the file `name`.
  """
  def path(name), do: "/assets/" <> Map.get(latest(), name, name)

  def serve(name) do
    # `name` is one segment of a path, so it has no slash.
    with {:ok, type} <- Map.fetch(@types, Path.extname(name)),
         {:ok, content} <- File.read(Path.join(directory(), name)) do
      {200, [{"content-type", type}, {"cache-control", cache_control(name)}], content}
    else
      _ -> text(404)
    end
  end

  defp cache_control(name) do
    if fingerprinted?(name), do: "public, max-age=31536000, immutable", else: "no-cache"
  end

  # The manifest is a flat object of names, {"app.css": "app-d41d….css"}.
  defp latest do
    case File.read(Path.join(directory(), @manifest)) do
      {:ok, json} ->
        Map.new(
          Regex.scan(~r/"([^"]+)": "([^"]+)"/, json, capture: :all_but_first),
          &List.to_tuple/1
        )

      {:error, :enoent} ->
        %{}
    end
  end

  # Read every time, because a hot upgrade moves it.
  defp directory, do: Application.app_dir(:counter, "priv/static")
end
