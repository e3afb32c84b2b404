defmodule Counter.Connection do
  @moduledoc """
  Answers the requests of one HTTP connection, one after the other.

  The socket is active only between two requests. So when the app stops, an idle connection
  ends at once, and a busy one ends after its answer.
  """
  use GenServer, restart: :temporary, shutdown: 5_000

  alias Counter.{Connections, Listener, Request, Response, Router, WebSocket}

  @idle_timeout 60_000

  def start_link(socket), do: GenServer.start_link(__MODULE__, socket)

  @impl true
  def init(socket) do
    # Without this, a stop would cut off an answer.
    Process.flag(:trap_exit, true)
    {:ok, %{socket: socket}}
  end

  @impl true
  def handle_info(:yours, state), do: wait_for_request(state)

  def handle_info({:http, socket, {:http_request, method, target, version}}, state) do
    case Request.read(socket, method, target, version) do
      {:ok, request} -> request |> Router.call() |> answer(request, state)
      {:error, status} -> refuse(status, state)
    end
  end

  def handle_info({:http, _socket, {:http_error, _line}}, state), do: refuse(400, state)

  # The client left, was idle for too long, or failed.
  def handle_info(_closed, state), do: {:stop, :normal, state}

  defp answer({101, _headers, _body} = response, request, state) do
    send_response(state.socket, response, request)
    :ok = Connections.hand_over(state.socket, WebSocket)
    {:stop, :normal, state}
  end

  defp answer(response, request, state) do
    # Checked after the answer was made, because that can take a while.
    keep_alive? = request.keep_alive? and Listener.open?()

    case send_response(state.socket, response, %{request | keep_alive?: keep_alive?}) do
      :ok when keep_alive? -> wait_for_request(state)
      _ -> {:stop, :normal, state}
    end
  end

  defp refuse(status, state) do
    send_response(state.socket, Response.text(status), %{method: "GET", keep_alive?: false})
    {:stop, :normal, state}
  end

  defp send_response(socket, response, request) do
    :gen_tcp.send(socket, Response.encode(response, request))
  end

  defp wait_for_request(state) do
    case :inet.setopts(state.socket, packet: :http_bin, active: :once) do
      :ok -> {:noreply, state, @idle_timeout}
      {:error, _closed} -> {:stop, :normal, state}
    end
  end
end
