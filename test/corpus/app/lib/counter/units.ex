defmodule Counter.Units do
  @moduledoc """
  Written out where it is used.
  """

  defmacro with_unit(number) do
    quote do: "#{unquote(number)} pieces"
  end
end
