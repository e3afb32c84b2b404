defmodule Counter.Lobby do
  @moduledoc """
  A LiveView.
  """
  @behaviour Phoenix.LiveView

  @impl true
  def mount(_params, _session, socket), do: {:ok, Counter.Seats.assign(socket)}

  @impl true
  def handle_params(_params, _uri, socket), do: {:noreply, Map.put(socket, :page, 1)}

  @impl true
  def handle_event("sit", _params, socket), do: {:noreply, Map.put(socket, :seat, 1)}

  @impl true
  def render(assigns), do: "Welcome to the #{assigns.name}"
end

defmodule Counter.Seats do
  @moduledoc """
  Helps the LiveView.
  """

  def assign(socket), do: Map.put(socket, :seats, 10)

  def label(seat), do: "Seat #{seat}"
end

defmodule Counter.SeatComponent do
  @moduledoc """
  A LiveComponent.
  """
  @behaviour Phoenix.LiveComponent

  @impl true
  def mount(socket), do: {:ok, Map.put(socket, :taken, false)}

  @impl true
  def update(assigns, socket), do: {:ok, Map.merge(socket, assigns)}

  @impl true
  def render(assigns), do: "Seat #{assigns.number}"
end
