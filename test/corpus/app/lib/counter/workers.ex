defmodule Counter.Workers do
  @moduledoc """
  A supervisor below the first.
  """
  use Supervisor

  def start_link(_opts), do: Supervisor.start_link(__MODULE__, nil, name: __MODULE__)

  @impl true
  def init(_arg) do
    children = [
      {Counter.Workers.Baker, "bread"},
      Counter.Workers.Brewer
    ]

    Supervisor.init(children, strategy: :one_for_one)
  end
end
