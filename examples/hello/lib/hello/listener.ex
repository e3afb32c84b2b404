defmodule Hello.Listener do
  @moduledoc """
  Answers one request for each connection.
  """
  use Task, restart: :permanent

  def start_link(opts), do: Task.start_link(__MODULE__, :listen, [opts[:port]])

  def listen(port) do
    options = [:binary, packet: :http_bin, active: false, reuseaddr: true]

    case :gen_tcp.listen(port, options) do
      {:ok, socket} -> accept(socket)
      {:error, reason} -> exit("cannot listen on port #{port}: #{:inet.format_error(reason)}")
    end
  end

  defp accept(socket) do
    {:ok, client} = :gen_tcp.accept(socket)
    {:ok, pid} = Task.Supervisor.start_child(Hello.Connections, fn -> serve(client) end)
    :gen_tcp.controlling_process(client, pid)
    accept(socket)
  end

  defp serve(client) do
    with {:ok, {:http_request, _method, {:abs_path, path}, _version}} <- recv(client),
         :ok <- skip_headers(client) do
      :gen_tcp.send(client, respond(path))
    end

    :gen_tcp.close(client)
  end

  defp skip_headers(client) do
    case recv(client) do
      {:ok, :http_eoh} -> :ok
      {:ok, {:http_header, _, _, _, _}} -> skip_headers(client)
      other -> other
    end
  end

  defp recv(client), do: :gen_tcp.recv(client, 0, 5_000)

  defp respond("/"), do: response("200 OK", "Hello!\n")
  defp respond("/health"), do: response("200 OK", "ok")
  defp respond(_path), do: response("404 Not Found", "Not Found")

  defp response(status, body) do
    """
    HTTP/1.1 #{status}\r
    content-type: text/plain\r
    content-length: #{byte_size(body)}\r
    connection: close\r
    \r
    #{body}\
    """
  end
end
