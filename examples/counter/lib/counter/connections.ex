defmodule Counter.Connections do
  @moduledoc """
  Supervises one process for each open connection.

  When the app stops, it asks all of them to end at once. Each has its own `shutdown` time,
  in which its request can finish.
  """
  use DynamicSupervisor

  def start_link(_opts), do: DynamicSupervisor.start_link(__MODULE__, nil, name: __MODULE__)

  @doc """
  Starts `handler` for `socket`, which the caller owns, and makes it the owner.
  """
  def hand_over(socket, handler) do
    {:ok, pid} = DynamicSupervisor.start_child(__MODULE__, {handler, socket})

    # If the client has left, the handler notices that when it reads.
    _ = :gen_tcp.controlling_process(socket, pid)
    send(pid, :yours)
    :ok
  end

  @impl true
  def init(_arg), do: DynamicSupervisor.init(strategy: :one_for_one)
end
