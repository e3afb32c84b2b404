defmodule Counter.Words do
  @moduledoc """
  Reads a file of priv when it starts.
  """
  use GenServer

  def start_link(opts), do: GenServer.start_link(__MODULE__, opts, name: __MODULE__)

  def current, do: GenServer.call(__MODULE__, :current)

  @impl true
  def init(opts), do: {:ok, File.read!(Application.app_dir(:counter, ["priv", opts[:file]]))}

  @impl true
  def handle_call(:current, _from, words), do: {:reply, words, words}
end
