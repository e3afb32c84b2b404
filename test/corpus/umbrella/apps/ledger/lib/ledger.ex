defmodule Ledger do
  @moduledoc """
  What the other app writes to.
  """

  def opening, do: 0

  def text, do: "Debit in #{Application.fetch_env!(:ledger, :currency)}"
end
