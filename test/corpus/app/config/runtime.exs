import Config

if System.get_env("PHX_SERVER") do
  config :counter, server: true
end

if config_env() == :prod do
  config :counter,
    secret_key_base: System.get_env("SECRET_KEY_BASE"),
    port: String.to_integer(System.get_env("PORT") || "4000"),
    host: System.get_env("PHX_HOST"),
    limit: String.to_integer(System.get_env("LIMIT") || "10")
end
