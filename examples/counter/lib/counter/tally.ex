defmodule Counter.Tally do
  @moduledoc """
  Holds the count.
  """
  use GenServer

  alias Counter.Tally.Subscribers

  def start_link(_opts), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)

  def value, do: GenServer.call(__MODULE__, :value)

  def increment, do: GenServer.call(__MODULE__, :increment)

  @doc """
  Sends the caller `{:count, value}` after every change, and returns the value it starts from.
  """
  def subscribe do
    # Subscribes before it asks, so that it misses no change.
    Subscribers.join()
    value()
  end

  @impl true
  def init(count), do: {:ok, count}

  @impl true
  def handle_call(:value, _from, count), do: {:reply, count, count}

  def handle_call(:increment, _from, count) do
    count = count + 1
    Subscribers.broadcast({:count, count})
    {:reply, count, count}
  end
end
