import Config

config :counter, server: false, port: 4000, host: nil

config :ledger, currency: "EUR"

config :logger, :console, format: "$time [$level] $message\n"
