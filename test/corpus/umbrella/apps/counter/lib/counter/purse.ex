defmodule Counter.Purse do
  @moduledoc """
  A process that gets its state from the other app.
  """
  use GenServer

  def start_link(_opts), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  def text, do: GenServer.call(__MODULE__, :text)

  @impl true
  def init(_arg), do: {:ok, Ledger.opening()}

  @impl true
  def handle_call(:text, _from, amount), do: {:reply, "Purse: " <> to_string(amount), amount}
end
