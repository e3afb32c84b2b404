defmodule Counter.Workers.Brewer do
  @moduledoc false
  use GenServer

  def start_link(product), do: GenServer.start_link(__MODULE__, product, name: __MODULE__)

  @impl true
  def init(product), do: {:ok, product}

  @impl true
  def handle_call(:product, _from, product), do: {:reply, product, product}
end
