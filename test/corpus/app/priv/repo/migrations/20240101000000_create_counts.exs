defmodule Counter.Repo.Migrations.CreateCounts do
end
