defmodule Counter.Card do
  @moduledoc """
  A template of its own file.
  """
  require EEx

  EEx.function_from_file(:def, :render, Path.join(__DIR__, "card.html.eex"), [:title])
end
