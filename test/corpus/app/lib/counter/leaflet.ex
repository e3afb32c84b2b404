defmodule Counter.Leaflet do
  @moduledoc """
  Nobody calls it.
  """

  def text, do: "Come and count"
end
