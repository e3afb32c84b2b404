defmodule Counter.MixProject do
  use Mix.Project

  def project do
    [
      app: :counter,
      version: "0.1.0",
      elixir: "~> 1.12",
      start_permanent: Mix.env() == :prod,
      deps: deps()
    ]
  end

  def application do
    [
      mod: {Counter.Application, []},
      extra_applications: [:logger, :crypto, :eex]
    ]
  end

  defp deps do
    [
      {:money, path: "deps/money"},
      {:phoenix, path: "deps/phoenix"}
    ]
  end
end
