import Config

if System.get_env("PHX_SERVER"), do: config(:shop, server: true)

if config_env() == :prod do
  System.get_env("DATABASE_PATH") ||
    raise """
    environment variable DATABASE_PATH is missing.
    For example: /etc/shop/shop.db
    """

  # ecto_sqlite3 makes the file when it starts.
  if System.get_env("PHX_SERVER"), do: File.touch!(System.fetch_env!("DATABASE_PATH"))

  config :shop,
    secret_key_base: System.fetch_env!("SECRET_KEY_BASE"),
    port: String.to_integer(System.get_env("PORT") || "4000"),
    host: System.get_env("PHX_HOST")
end
