import Config

# Elixir reads this file when it compiles the app, so it is the same on every machine.
config :counter,
  server: false,
  port: 4000,
  host: nil

config :logger, :console, format: "$time [$level] $message\n"
