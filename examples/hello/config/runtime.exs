import Config

# The app reads this file at every boot.
config :hello, port: String.to_integer(System.get_env("PORT") || "4000")
