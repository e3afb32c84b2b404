import Config

# Read when the app is compiled: the same on every machine.
config :counter,
  server: false,
  port: 4000,
  host: nil

config :logger, :console, format: "$time [$level] $message\n"
