defmodule Counter.Endpoint do
  @moduledoc """
  The endpoint that Phoenix would serve.
  """
  @behaviour Phoenix.Endpoint

  @impl true
  def __sockets__, do: [{"/live", Counter.Lobby, websocket: true}]

  @impl true
  def path(path), do: "/" <> path
end
