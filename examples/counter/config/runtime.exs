import Config

# The app reads this file at every boot. It has the values that differ between machines.

# Without PHX_SERVER nothing listens, because tests and one-off commands need no port.
if System.get_env("PHX_SERVER") do
  config :counter, server: true
end

if config_env() == :prod do
  secret_key_base =
    System.get_env("SECRET_KEY_BASE") ||
      raise """
      environment variable SECRET_KEY_BASE is missing.
      You can generate one by calling: openssl rand -base64 48
      """

  config :counter,
    secret_key_base: secret_key_base,
    port: String.to_integer(System.get_env("PORT") || "4000"),
    host: System.get_env("PHX_HOST")
end
