defmodule Counter do
  def greeting, do: Counter.Db.ask("SELECT 'Hello from ' || session_user")
  def version, do: to_string(Application.spec(:shop, :vsn))
  def revision, do: System.get_env("GATLING_REVISION")
end
