defmodule Counter.RoomChannel do
  @moduledoc """
  A channel.
  """
  @behaviour Phoenix.Channel

  def greet(name), do: "Hello, #{name}"

  @impl true
  def join("room", _params, socket), do: {:ok, Map.put(socket, :room, 1)}

  @impl true
  def handle_in("greet", %{"name" => name}, socket), do: {:reply, {:ok, greet(name)}, socket}
end
