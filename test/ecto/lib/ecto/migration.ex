defmodule Ecto.Migration do
  @moduledoc "Stands in for Ecto.Migration. A migration writes lines to the database, which is a file."

  defmacro __using__(_) do
    quote do
      import Ecto.Migration
      def __migration__, do: []
    end
  end

  def execute(text), do: File.write!(Counter.Repo.config()[:file], text <> "\n", [:append])
end
