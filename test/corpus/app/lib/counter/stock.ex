defmodule Counter.Stock do
  @moduledoc """
  A process whose state is built elsewhere.
  """
  use GenServer

  alias Counter.Shelf

  def start_link(_opts), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  def report, do: GenServer.call(__MODULE__, :report)

  @impl true
  def init(_arg), do: {:ok, Shelf.empty(), {:continue, :fill}}

  @impl true
  def handle_continue(:fill, shelf), do: {:noreply, Map.put(shelf, :apples, apples())}

  @impl true
  def handle_call(:report, _from, shelf) do
    {:reply, "#{Shelf.name()}: #{summary(shelf)}", shelf}
  end

  defp apples, do: 7

  defp summary(shelf), do: "#{shelf.apples} apples, #{shelf.pears} pears"
end
