defmodule Counter.WebSocket.FrameTest do
  use ExUnit.Case, async: true

  alias Counter.WebSocket.Frame

  # The examples of RFC 6455, section 5.7.
  @hello <<0x81, 0x85, 0x37FA213D::32, 0x7F9F4D5158::40>>

  defp encode(frame), do: frame |> Frame.encode() |> IO.iodata_to_binary()

  test "the server sends frames without a mask" do
    assert encode({:text, "Hello"}) == <<0x81, 0x05, "Hello">>
    assert encode({:close, <<1012::16>>}) == <<0x88, 0x02, 1012::16>>
  end

  test "a long payload has a longer length" do
    long = String.duplicate("x", 256)
    assert encode({:text, long}) == <<0x81, 126, 256::16>> <> long
  end

  test "a client's frames are unmasked, one at a time" do
    assert Frame.decode(@hello <> "rest") == {:ok, {:text, "Hello"}, "rest"}
  end

  test "an incomplete frame needs more bytes" do
    for size <- 0..(byte_size(@hello) - 1) do
      assert Frame.decode(binary_part(@hello, 0, size)) == :more
    end
  end

  test "a frame that clients must not send closes the connection" do
    assert Frame.decode(<<0x81, 0x05, "Hello">>) == {:error, 1002}
    assert Frame.decode(<<0x81, 0xFF, 70_000::64>>) == {:error, 1009}
  end
end
