defimpl Counter.Describe, for: BitString do
  def describe(_text), do: "a text"
end
