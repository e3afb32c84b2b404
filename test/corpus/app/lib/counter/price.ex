defmodule Counter.Price do
  @moduledoc """
  An amount of a currency.
  """
  defstruct amount: 0, currency: "EUR"

  def new(amount), do: %__MODULE__{amount: amount}

  def format(price), do: "#{price.amount} #{price.currency}"

  def free?(price), do: price.amount == 0
end
