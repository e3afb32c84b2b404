defmodule Counter.Board do
  @moduledoc """
  Owns an ETS table.
  """
  use GenServer

  def start_link(_opts), do: GenServer.start_link(__MODULE__, nil, name: __MODULE__)

  def put(key, value), do: :ets.insert(__MODULE__, {key, value})

  def get(key), do: :ets.lookup_element(__MODULE__, key, 2)

  def text, do: "opened by #{get(:opened_by)}"

  @impl true
  def init(_arg) do
    table = :ets.new(__MODULE__, [:named_table, :public])
    :ets.insert(table, {:opened_by, System.pid()})
    {:ok, table}
  end
end
