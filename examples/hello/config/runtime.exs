import Config

# Read every time the app boots.
config :hello, port: String.to_integer(System.get_env("PORT") || "4000")
