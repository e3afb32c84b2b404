defmodule Counter.Request do
  @moduledoc """
  Reads the rest of a request whose first line has arrived.
  """

  @timeout 5_000
  @max_headers 100
  @max_body 1_000_000

  def read(socket, method, target, version) do
    with {:ok, path, query} <- parse_target(target),
         {:ok, headers} <- read_headers(socket, %{}, @max_headers),
         {:ok, length} <- content_length(headers),
         {:ok, body} <- read_body(socket, length, headers) do
      {:ok,
       %{
         method: to_string(method),
         path: path,
         query: query,
         headers: headers,
         body: body,
         keep_alive?: keep_alive?(version, headers)
       }}
    end
  end

  @doc """
  Tells whether a header that is a list, such as `Connection`, contains `token`.
  """
  def header_contains?(headers, name, token) do
    headers
    |> Map.get(name, "")
    |> String.downcase()
    |> String.split([",", " "], trim: true)
    |> Enum.member?(token)
  end

  defp parse_target({:abs_path, target}), do: split(target)
  defp parse_target({:absoluteURI, _scheme, _host, _port, target}), do: split(target)
  defp parse_target(_other), do: {:error, 400}

  defp split(target) do
    case String.split(target, "?", parts: 2) do
      [path, query] -> {:ok, path, URI.decode_query(query)}
      [path] -> {:ok, path, %{}}
    end
  end

  defp read_headers(_socket, _headers, 0), do: {:error, 431}

  defp read_headers(socket, headers, left) do
    case :gen_tcp.recv(socket, 0, @timeout) do
      {:ok, {:http_header, _, name, _, value}} ->
        name = name |> to_string() |> String.downcase()
        headers = Map.update(headers, name, value, &"#{&1}, #{value}")
        read_headers(socket, headers, left - 1)

      {:ok, :http_eoh} ->
        {:ok, headers}

      {:ok, {:http_error, _line}} ->
        {:error, 400}

      {:error, _timeout_or_closed} ->
        {:error, 408}
    end
  end

  # A body of unknown length would come in chunks, which this app does not need.
  defp content_length(%{"transfer-encoding" => _}), do: {:error, 411}

  defp content_length(%{"content-length" => value}) do
    case Integer.parse(value) do
      {length, ""} when length in 0..@max_body -> {:ok, length}
      {length, ""} when length > @max_body -> {:error, 413}
      _ -> {:error, 400}
    end
  end

  defp content_length(_headers), do: {:ok, 0}

  defp read_body(_socket, 0, _headers), do: {:ok, ""}

  defp read_body(socket, length, headers) do
    if header_contains?(headers, "expect", "100-continue") do
      :gen_tcp.send(socket, "HTTP/1.1 100 Continue\r\n\r\n")
    end

    # Reads bytes instead of lines. The connection reads lines again before the next request.
    :inet.setopts(socket, packet: :raw)

    case :gen_tcp.recv(socket, length, @timeout) do
      {:ok, body} -> {:ok, body}
      {:error, _timeout_or_closed} -> {:error, 408}
    end
  end

  defp keep_alive?({1, 1}, headers), do: not header_contains?(headers, "connection", "close")
  defp keep_alive?(_older, headers), do: header_contains?(headers, "connection", "keep-alive")
end
