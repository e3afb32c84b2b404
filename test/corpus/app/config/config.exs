import Config

config :counter,
  server: false,
  port: 4000,
  host: nil,
  motto: "Count on it",
  colour: "red"

config :logger, :console, format: "$time [$level] $message\n"
