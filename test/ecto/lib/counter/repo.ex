defmodule Counter.Repo do
  @moduledoc "A database that is a file."

  def config, do: [otp_app: :counter] ++ Application.fetch_env!(:counter, __MODULE__)
end
