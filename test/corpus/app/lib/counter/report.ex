defmodule Counter.Report do
  @moduledoc """
  Uses a macro.
  """
  import Counter.Units

  def text, do: "Total: " <> with_unit(5)

  def unused, do: "Nobody calls this"

  # Public, but called from here only.
  def title, do: "Report"

  def page, do: title() <> ": " <> text()
end
