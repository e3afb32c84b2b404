defmodule Phoenix.MixProject do
  use Mix.Project

  def project, do: [app: :phoenix, version: "1.7.14", elixir: "~> 1.12", deps: []]

  def application, do: [extra_applications: [:logger]]
end
