defmodule Counter.Response do
  @moduledoc """
  Makes responses, `{status, headers, body}`, and writes them as HTTP.
  """

  @reasons %{
    101 => "Switching Protocols",
    200 => "OK",
    400 => "Bad Request",
    403 => "Forbidden",
    404 => "Not Found",
    405 => "Method Not Allowed",
    408 => "Request Timeout",
    411 => "Length Required",
    413 => "Content Too Large",
    426 => "Upgrade Required",
    431 => "Request Header Fields Too Large",
    500 => "Internal Server Error",
    503 => "Service Unavailable"
  }

  def text(status, body \\ nil, headers \\ []) do
    {status, [{"content-type", "text/plain; charset=utf-8"} | headers], body || @reasons[status]}
  end

  def html(body) do
    {200, [{"content-type", "text/html; charset=utf-8"}, {"cache-control", "no-cache"}], body}
  end

  def json(data) do
    {200, [{"content-type", "application/json"}], Counter.JSON.encode(data)}
  end

  # Another protocol takes over, so there is no length and no body.
  def encode({101, headers, _body}, _request), do: head(101, headers)

  def encode({status, headers, body}, request) do
    headers = [
      {"content-length", IO.iodata_length(body)},
      {"connection", if(request.keep_alive?, do: "keep-alive", else: "close")}
      | headers
    ]

    [head(status, headers), if(request.method == "HEAD", do: "", else: body)]
  end

  defp head(status, headers) do
    lines = for {name, value} <- headers, do: [name, ": ", to_string(value), "\r\n"]
    ["HTTP/1.1 ", to_string(status), " ", @reasons[status], "\r\n", lines, "\r\n"]
  end
end
