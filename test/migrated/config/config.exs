import Config

# Read when the app is compiled: the same on every machine.
config :shop,
  server: false,
  port: 4000,
  host: nil

config :logger, :console, format: "$time [$level] $message\n"

config :shop, ecto_repos: [Counter.Repo]
