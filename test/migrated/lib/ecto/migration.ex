defmodule Ecto.Migration do
  @moduledoc "Stands for ecto_sql's: a migration is SQL."

  defmacro __using__(_) do
    quote do
      import Ecto.Migration
      def __migration__, do: []
    end
  end

  def execute(sql), do: Counter.Db.ask(sql)
end
