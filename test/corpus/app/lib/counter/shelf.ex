defmodule Counter.Shelf do
  @moduledoc """
  The state of the stock.
  """

  def empty, do: Map.new(Counter.Shelf.Layout.boards(), &{&1, 0})

  def name, do: "Shelf"
end

defmodule Counter.Shelf.Layout do
  @moduledoc """
  Two calls away from the process.
  """

  def boards, do: [:apples, :pears]
end
