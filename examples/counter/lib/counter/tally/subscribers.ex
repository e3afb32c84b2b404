defmodule Counter.Tally.Subscribers do
  @moduledoc """
  The processes that get every change.

  A Registry forgets a process as soon as it ends, so nobody has to unsubscribe.
  """

  def child_spec(_opts), do: Registry.child_spec(keys: :duplicate, name: __MODULE__)

  def join do
    {:ok, _} = Registry.register(__MODULE__, :count, nil)
    :ok
  end

  def broadcast(message) do
    Registry.dispatch(__MODULE__, :count, fn subscribers ->
      for {pid, _} <- subscribers, do: send(pid, message)
    end)
  end
end
