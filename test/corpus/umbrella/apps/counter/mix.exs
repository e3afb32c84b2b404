defmodule Counter.MixProject do
  use Mix.Project

  def project do
    [
      app: :counter,
      version: "0.1.0",
      build_path: "../../_build",
      config_path: "../../config/config.exs",
      deps_path: "../../deps",
      lockfile: "../../mix.lock",
      elixir: "~> 1.12",
      start_permanent: Mix.env() == :prod,
      deps: [{:ledger, in_umbrella: true}]
    ]
  end

  def application do
    [
      mod: {Counter.Application, []},
      extra_applications: [:logger, :crypto]
    ]
  end
end
