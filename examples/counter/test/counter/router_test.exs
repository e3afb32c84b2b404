defmodule Counter.RouterTest do
  use ExUnit.Case, async: true

  alias Counter.{Router, Tally}

  defp call(method, path, fields \\ []) do
    %{method: method, path: path, query: %{}, headers: %{}}
    |> Map.merge(Map.new(fields))
    |> Router.call()
  end

  test "the page shows the greeting, and links the stylesheet" do
    {200, _headers, body} = call("GET", "/")

    assert body =~ "<h1>#{Counter.greeting()}</h1>"
    assert body =~ ~r{href="/assets/app.*\.css"}
  end

  test "subscribers get every increment" do
    count = Tally.subscribe()

    {200, _headers, body} = call("POST", "/increment")

    assert body == ~s({"count": #{count + 1}})
    assert_receive {:count, next} when next == count + 1
  end

  test "the version is that of the application" do
    {200, _headers, body} = call("GET", "/version")
    assert body =~ ~s("version": "#{Counter.version()}", "revision": null)
  end

  test "the health check is short" do
    assert {200, _headers, "ok"} = call("GET", "/health")
    assert {200, _headers, "ok"} = call("HEAD", "/health")
  end

  test "only assets are served, and only from their directory" do
    assert {200, _headers, _css} = call("GET", "/assets/app.css")
    assert {404, _headers, _body} = call("GET", "/assets/cache_manifest.json")
    assert {404, _headers, _body} = call("GET", "/assets/../static/app.css")
  end

  test "an unknown path is not found, and GET changes nothing" do
    assert {404, _headers, _body} = call("GET", "/nowhere")
    assert {405, _headers, _body} = call("GET", "/increment")
    assert {405, _headers, _body} = call("DELETE", "/")
  end

  test "only our own pages can open a socket" do
    Application.put_env(:counter, :host, "counter.localhost")
    on_exit(fn -> Application.put_env(:counter, :host, nil) end)

    # The key and its answer are the example of the RFC.
    headers = %{
      "connection" => "keep-alive, Upgrade",
      "upgrade" => "websocket",
      "sec-websocket-version" => "13",
      "sec-websocket-key" => "dGhlIHNhbXBsZSBub25jZQ=="
    }

    open = fn origin -> call("GET", "/socket", headers: Map.put(headers, "origin", origin)) end

    assert {101, answer, ""} = open.("http://counter.localhost:4000")
    assert {"sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="} in answer
    assert {403, _headers, _body} = open.("http://localhost:4000")
    assert {426, _headers, _body} = call("GET", "/socket")
  end
end
