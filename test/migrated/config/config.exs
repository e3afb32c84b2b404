import Config

# The compiler reads it, so it is the same on every machine.
config :shop,
  server: false,
  port: 4000,
  host: nil

config :logger, :console, format: "$time [$level] $message\n"

config :shop, ecto_repos: [Counter.Repo]
