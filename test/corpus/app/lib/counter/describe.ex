defprotocol Counter.Describe do
  @moduledoc """
  Says what something is.
  """
  @fallback_to_any true
  def describe(term)
end

defimpl Counter.Describe, for: Any do
  def describe(_term), do: "something"
end

defimpl Counter.Describe, for: Integer do
  def describe(_integer), do: "a number"
end

defimpl Counter.Describe, for: Counter.Price do
  def describe(_price), do: "a price"
end
