defmodule Counter do
  @moduledoc """
  A page that counts, live, in every browser that has it open.
  """

  # Change me, commit, and `git push`.
  @greeting "Hello from version one"

  def greeting, do: @greeting

  # Read at run time, because a hot upgrade changes it.
  def version, do: to_string(Application.spec(:counter, :vsn))

  def revision, do: System.get_env("GATLING_REVISION")
end
