defmodule Counter.WebSocket do
  @moduledoc """
  Shows one browser the count as it changes (RFC 6455).

  A GenServer whose state is a plain map: a hot upgrade can change its code while it runs.
  """
  use GenServer, restart: :temporary, shutdown: 5_000

  alias Counter.{Request, Response, Tally}
  alias Counter.WebSocket.Frame

  # Given by the RFC.
  @guid "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

  @normal 1000
  @unsupported 1003
  @service_restart 1012

  # Proxies close a connection that is silent for a minute.
  @ping_every 30_000

  def start_link(socket), do: GenServer.start_link(__MODULE__, socket)

  @doc """
  Answers a request to switch to WebSocket.
  """
  def handshake(%{headers: headers}) do
    cond do
      not Request.header_contains?(headers, "upgrade", "websocket") or
        not Request.header_contains?(headers, "connection", "upgrade") or
          headers["sec-websocket-version"] != "13" ->
        Response.text(426, nil, [{"upgrade", "websocket"}, {"sec-websocket-version", "13"}])

      not Map.has_key?(headers, "sec-websocket-key") ->
        Response.text(400)

      not same_origin?(headers["origin"], Application.get_env(:counter, :host)) ->
        Response.text(403)

      true ->
        {101,
         [
           {"upgrade", "websocket"},
           {"connection", "Upgrade"},
           {"sec-websocket-accept", accept(headers["sec-websocket-key"])}
         ], ""}
    end
  end

  # Any site can open a socket to any other with its visitor's cookies, so only ours may.
  defp same_origin?(origin, host) when is_nil(origin) or is_nil(host), do: true
  defp same_origin?(origin, host), do: URI.parse(origin).host == host

  defp accept(key), do: Base.encode64(:crypto.hash(:sha, key <> @guid))

  @impl true
  def init(socket) do
    # With this it can close the socket when the app stops.
    Process.flag(:trap_exit, true)
    {:ok, %{socket: socket, received: ""}}
  end

  @impl true
  def handle_info(:yours, state) do
    :inet.setopts(state.socket, packet: :raw)
    Process.send_after(self(), :ping, @ping_every)
    write(state, {:text, to_string(Tally.subscribe())})
    read(state)
  end

  def handle_info({:tcp, _socket, bytes}, state) do
    handle_frames(%{state | received: state.received <> bytes})
  end

  def handle_info({:count, count}, state) do
    write(state, {:text, to_string(count)})
    {:noreply, state}
  end

  def handle_info(:ping, state) do
    Process.send_after(self(), :ping, @ping_every)
    write(state, {:ping, ""})
    {:noreply, state}
  end

  # The client left, or the connection failed.
  def handle_info(_closed, state), do: {:stop, :normal, state}

  @impl true
  def terminate(:shutdown, state), do: close(state, @service_restart)
  def terminate(_reason, _state), do: :ok

  defp handle_frames(state) do
    case Frame.decode(state.received) do
      {:ok, frame, rest} -> handle_frame(frame, %{state | received: rest})
      :more -> read(state)
      {:error, code} -> stop(state, code)
    end
  end

  defp handle_frame({:text, message}, state) do
    if message == "+", do: Tally.increment()
    handle_frames(state)
  end

  defp handle_frame({:ping, payload}, state) do
    write(state, {:pong, payload})
    handle_frames(state)
  end

  defp handle_frame({:pong, _payload}, state), do: handle_frames(state)

  # The client closes, and gets the same code back.
  defp handle_frame({:close, <<code::16, _reason::binary>>}, state), do: stop(state, code)
  defp handle_frame({:close, _empty}, state), do: stop(state, @normal)

  defp handle_frame({:binary, _payload}, state), do: stop(state, @unsupported)

  defp read(state) do
    case :inet.setopts(state.socket, active: :once) do
      :ok -> {:noreply, state}
      {:error, _closed} -> {:stop, :normal, state}
    end
  end

  # After a failed write comes the message that the connection is closed.
  defp write(state, frame), do: :gen_tcp.send(state.socket, Frame.encode(frame))

  defp stop(state, code) do
    write(state, {:close, <<code::16>>})
    {:stop, :normal, state}
  end

  # Waits for the client's own close frame, because unread data could make it lose ours.
  defp close(state, code) do
    :inet.setopts(state.socket, active: false)
    write(state, {:close, <<code::16>>})
    :gen_tcp.recv(state.socket, 0, 1_000)
    :gen_tcp.close(state.socket)
  end
end
