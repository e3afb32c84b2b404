defmodule Counter.Till do
  @moduledoc """
  Holds a struct from the first call on.
  """
  use GenServer

  def start_link(_opts), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  def price, do: GenServer.call(__MODULE__, :price)

  @impl true
  def init(_arg), do: {:ok, nil}

  @impl true
  def handle_call(:price, _from, price) do
    price = price || Counter.Price.new(1)
    {:reply, price, price}
  end
end
