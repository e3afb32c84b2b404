defmodule Counter.Paint do
  @moduledoc """
  Reads its configuration when compiled.
  """
  @colour Application.compile_env(:counter, :colour)

  def colour, do: @colour
end
