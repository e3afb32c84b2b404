defmodule Counter.Repo do
  @moduledoc "The database that DATABASE_URL names."
end
