defmodule Ledger do
  @moduledoc """
  The functions that the other app calls.
  """

  def opening, do: 0

  def text, do: "Debit in #{Application.fetch_env!(:ledger, :currency)}"
end
