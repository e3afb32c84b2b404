defmodule Counter.WebSocket.Frame do
  @moduledoc """
  Turns frames, `{type, payload}`, into bytes and back (RFC 6455, section 5).
  """

  @opcodes %{text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xA}
  @types Map.new(@opcodes, fn {type, opcode} -> {opcode, type} end)

  @max_payload 65_535

  # Codes to close with.
  @protocol_error 1002
  @too_big 1009

  @doc """
  Encodes a frame as the server sends it: in one piece and not masked.
  """
  def encode({type, payload}) do
    [<<1::1, 0::3, @opcodes[type]::4>>, length_of(payload), payload]
  end

  defp length_of(payload) when byte_size(payload) < 126, do: <<byte_size(payload)>>

  defp length_of(payload) when byte_size(payload) <= @max_payload,
    do: <<126, byte_size(payload)::16>>

  @doc """
  Decodes the first frame in `bytes` from a client: `{:ok, frame, rest}`, `:more` when a part is
  missing, or `{:error, code}` with the code to close the connection with.
  """
  def decode(<<1::1, 0::3, opcode::4, 1::1, length::7, rest::binary>>)
      when is_map_key(@types, opcode) and length < 126 do
    payload(@types[opcode], length, rest)
  end

  def decode(<<1::1, 0::3, opcode::4, 1::1, 126::7, length::16, rest::binary>>)
      when is_map_key(@types, opcode) do
    payload(@types[opcode], length, rest)
  end

  def decode(<<_::9, 127::7, _::binary>>), do: {:error, @too_big}

  # The head has two bytes, and two more for a long length.
  def decode(bytes) when byte_size(bytes) < 2, do: :more
  def decode(<<1::1, 0::3, _::4, 1::1, 126::7, rest::binary>>) when byte_size(rest) < 2, do: :more

  # Not masked, in several pieces, or of a type that does not exist.
  def decode(_bytes), do: {:error, @protocol_error}

  defp payload(type, length, rest) do
    case rest do
      <<mask::binary-4, payload::binary-size(length), rest::binary>> ->
        {:ok, {type, unmask(payload, mask)}, rest}

      _ ->
        :more
    end
  end

  # The mask, repeated to the length of the payload, is its own inverse.
  defp unmask(payload, mask) do
    times = div(byte_size(payload), 4) + 1
    :crypto.exor(payload, binary_part(:binary.copy(mask, times), 0, byte_size(payload)))
  end
end
