defmodule Money do
  @moduledoc """
  Amounts in cents.
  """
  defstruct cents: 0

  def format(cents), do: "#{div(cents, 100)}.#{rem(cents, 100)}"
end
