defmodule Counter.JSON do
  @moduledoc """
  Writes the JSON that this app needs: flat objects of strings, integers and nulls.
  """

  def encode(pairs) do
    members = for {key, value} <- pairs, do: [string(to_string(key)), ": ", value(value)]
    IO.iodata_to_binary(["{", Enum.intersperse(members, ", "), "}"])
  end

  defp value(nil), do: "null"
  defp value(integer) when is_integer(integer), do: Integer.to_string(integer)
  defp value(string) when is_binary(string), do: string(string)

  defp string(text), do: [?", for(<<char::utf8 <- text>>, do: escape(char)), ?"]

  defp escape(?"), do: "\\\""
  defp escape(?\\), do: "\\\\"
  defp escape(char) when char < 0x20, do: :io_lib.format("\\u~4.16.0b", [char])
  defp escape(char), do: <<char::utf8>>
end
