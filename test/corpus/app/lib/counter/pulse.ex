defmodule Counter.Pulse do
  @moduledoc """
  Beats forever. It calls itself by its full name, so the next beat runs the latest code.
  """
  use Task, restart: :permanent

  def start_link(_opts), do: Task.start_link(__MODULE__, :loop, [])

  def loop do
    Counter.Board.put(:pulse, beat())
    Process.sleep(20)
    __MODULE__.loop()
  end

  defp beat, do: "thump"
end
