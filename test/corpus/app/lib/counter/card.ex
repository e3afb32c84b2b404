defmodule Counter.Card do
  @moduledoc """
  Compiles a template from a file.
  """
  require EEx

  EEx.function_from_file(:def, :render, Path.join(__DIR__, "card.html.eex"), [:title])
end
