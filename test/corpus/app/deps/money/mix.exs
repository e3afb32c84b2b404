defmodule Money.MixProject do
  use Mix.Project

  def project, do: [app: :money, version: "1.0.0", elixir: "~> 1.12", deps: []]

  def application, do: [extra_applications: [:logger]]
end
