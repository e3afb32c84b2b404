defmodule Counter.Db do
  @moduledoc """
  Stands in for Ecto: one query on a connection of its own, by the address that Ecto would take (PostgreSQL's manual,
  Frontend/Backend Protocol; RFC 5802).
  """

  def ask(sql) do
    %URI{userinfo: login, port: port, path: "/" <> database, query: query} =
      URI.parse(System.fetch_env!("DATABASE_URL"))

    [user, password] = String.split(login, ":")
    folder = URI.decode_query(query)["socket_dir"]
    {:ok, socket} = :gen_tcp.connect({:local, "#{folder}/.s.PGSQL.#{port}"}, 0, [:binary, active: false])

    try do
      send_message(socket, "", <<196_608::32, "user", 0, user::binary, 0, "database", 0, database::binary, 0, 0>>)
      {?R, <<10::32, _::binary>>} = receive_message(socket)
      log_in(socket, password)
      await_ready(socket, nil)
      send_message(socket, "Q", [sql, 0])
      await_ready(socket, nil)
    after
      :gen_tcp.close(socket)
    end
  end

  defp log_in(socket, password) do
    first = "n=,r=" <> Base.encode64(:crypto.strong_rand_bytes(18))
    send_message(socket, "p", ["SCRAM-SHA-256", 0, <<byte_size(first) + 3::32>>, "n,,", first])
    {?R, <<11::32, challenge::binary>>} = receive_message(socket)
    %{"r" => nonce, "s" => salt, "i" => count} = attributes(challenge)
    salted = :crypto.pbkdf2_hmac(:sha256, password, Base.decode64!(salt), String.to_integer(count), 32)
    key = hmac(salted, "Client Key")
    final = "c=biws,r=" <> nonce
    signature = hmac(:crypto.hash(:sha256, key), Enum.join([first, challenge, final], ","))
    send_message(socket, "p", [final, ",p=", Base.encode64(:crypto.exor(key, signature))])
  end

  defp attributes(text), do: Map.new(String.split(text, ","), fn <<name::binary-1, "=", value::binary>> -> {name, value} end)
  defp hmac(key, data), do: :crypto.mac(:hmac, :sha256, key, data)

  # Returns the first value of the last row.
  defp await_ready(socket, value) do
    case receive_message(socket) do
      {?Z, _} -> value
      {?D, <<_columns::16, size::32, text::binary-size(size), _::binary>>} -> await_ready(socket, text)
      {?E, fields} -> raise "PostgreSQL: #{inspect(fields)}"
      {_, _} -> await_ready(socket, value)
    end
  end

  defp send_message(socket, type, body) do
    :ok = :gen_tcp.send(socket, [type, <<IO.iodata_length(body) + 4::32>>, body])
  end

  defp receive_message(socket) do
    {:ok, <<type, size::32>>} = :gen_tcp.recv(socket, 5, 5_000)
    {type, if(size == 4, do: "", else: receive_bytes(socket, size - 4))}
  end

  defp receive_bytes(socket, size) do
    {:ok, bytes} = :gen_tcp.recv(socket, size, 5_000)
    bytes
  end
end
