defmodule Counter.Router do
  @moduledoc """
  Routes a request to its response, as a plain function.
  """
  import Counter.Response

  @longest_wait 60_000

  # HEAD is GET without the body, which is left out when the response is written.
  def call(%{method: "HEAD"} = request), do: route("GET", segments(request), request)
  def call(request), do: route(request.method, segments(request), request)

  defp segments(request), do: String.split(request.path, "/", trim: true)

  defp route("GET", [], _request), do: html(Counter.Page.render())

  defp route("POST", ["increment"], _request), do: json(count: Counter.Tally.increment())

  defp route("GET", ["health"], _request), do: text(200, "ok")

  defp route("GET", ["version"], _request) do
    json(
      version: Counter.version(),
      revision: Counter.revision(),
      greeting: Counter.greeting(),
      os_pid: String.to_integer(System.pid())
    )
  end

  # Answers late, to show that an upgrade lets running requests finish.
  defp route("GET", ["slow"], request) do
    case Integer.parse(request.query["ms"] || "1000") do
      {ms, ""} when ms in 0..@longest_wait ->
        Process.sleep(ms)
        text(200, "answered after #{ms} ms")

      _ ->
        text(400, "ms must be a number from 0 to #{@longest_wait}")
    end
  end

  defp route("GET", ["socket"], request), do: Counter.WebSocket.handshake(request)

  defp route("GET", ["assets", name], _request), do: Counter.Assets.serve(name)

  defp route(_method, ["increment"], _request), do: text(405, nil, [{"allow", "POST"}])

  defp route("GET", _segments, _request), do: text(404)

  defp route(_method, _segments, _request), do: text(405, nil, [{"allow", "GET, HEAD"}])
end
