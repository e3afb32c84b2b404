defmodule Counter.Units do
  @moduledoc """
  A macro, which is expanded where it is used.
  """

  defmacro with_unit(number) do
    quote do: "#{unquote(number)} pieces"
  end
end
