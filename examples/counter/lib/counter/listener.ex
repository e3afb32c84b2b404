defmodule Counter.Listener do
  @moduledoc """
  Owns the port, and accepts connections on it until it is stopped.
  """
  use GenServer
  require Logger

  @acceptors 8

  # nodelay sends small answers at once. send_timeout closes a client that stopped reading.
  @options [
    :binary,
    ip: {0, 0, 0, 0},
    packet: :http_bin,
    active: false,
    reuseaddr: true,
    backlog: 1024,
    buffer: 16_384,
    nodelay: true,
    send_timeout: 5_000,
    send_timeout_close: true
  ]

  def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)

  @doc """
  Returns false when the app is stopping, because the listener stops first.
  """
  def open?, do: Process.whereis(__MODULE__) != nil

  @impl true
  def init(opts) do
    port = Keyword.fetch!(opts, :port)

    case :gen_tcp.listen(port, @options) do
      {:ok, socket} ->
        Logger.info("counter #{Counter.version()} listens on http://0.0.0.0:#{port}")
        # They are linked, so that the port closes and all of them end together.
        for _ <- 1..@acceptors, do: spawn_link(__MODULE__, :accept, [socket])
        {:ok, socket}

      {:error, reason} ->
        {:stop, "cannot listen on port #{port}: #{:inet.format_error(reason)}"}
    end
  end

  @doc false
  # Wakes up every second and calls itself by its full name, so an upgrade finds no old code here.
  def accept(socket) do
    case :gen_tcp.accept(socket, 1_000) do
      {:ok, client} -> Counter.Connections.hand_over(client, Counter.Connection)
      {:error, :timeout} -> :ok
      # The client left before it was accepted.
      {:error, :econnaborted} -> :ok
      # Out of file descriptors: wait for some connections to end.
      {:error, reason} when reason in [:emfile, :enfile] -> Process.sleep(100)
      {:error, reason} -> exit(reason)
    end

    __MODULE__.accept(socket)
  end
end
