defmodule Mix.Tasks.Phx.DigestTest do
  use ExUnit.Case, async: true

  import ExUnit.CaptureIO

  @moduletag :tmp_dir

  defp digest(dir), do: capture_io(fn -> Mix.Tasks.Phx.Digest.run([dir]) end)

  defp manifest(dir), do: File.read!(Path.join(dir, "cache_manifest.json"))

  test "the latest name contains the fingerprint, and earlier files stay", %{tmp_dir: dir} do
    css = Path.join(dir, "app.css")

    File.write!(css, "")
    digest(dir)
    assert manifest(dir) == ~s({"app.css": "app-d41d8cd98f00b204e9800998ecf8427e.css"}\n)

    File.write!(css, "body {}")
    digest(dir)
    refute manifest(dir) =~ "d41d8cd98f00b204e9800998ecf8427e"
    assert length(Path.wildcard(Path.join(dir, "app-*.css"))) == 2

    digest(dir)
    assert length(File.ls!(dir)) == 4
  end
end
