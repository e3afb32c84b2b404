# Reads in the source of a migration what it removes that code for the old schema needs.
defmodule Gatling.SchemaChange do
  @moduledoc false

  # Returns {:breaks, what it does} and {:unclear, why Gatling cannot see that}, in the order of the source.
  def of(source) do
    source |> Code.string_to_quoted!() |> Macro.prewalk(&unpiped/1) |> read(nil) |> Enum.uniq()
  rescue
    # This is only for a warning, so an odd source must not stop a deploy.
    _ -> [unclear: "its source cannot be read"]
  end

  def unpiped({:|>, _, [left, {_, _, arguments} = right]}) when is_list(arguments), do: Macro.pipe(left, right, 0)
  def unpiped(code), do: code

  # `table`: the table that this code alters; nil: none.
  defp read({define, _, [{:down, _, _} | _]}, _) when define in [:def, :defp], do: []
  defp read({define, _, [{:when, _, [{:down, _, _} | _]} | _]}, _) when define in [:def, :defp], do: []
  defp read({:alter, _, [table | body]}, _), do: read(body, name(table))

  defp read({:rename, _, [{:table, _, _} = table, [to: to]]}, _),
    do: [breaks: "renames the table #{name(table)} to #{name(to)}"]

  defp read({:rename, _, [table, column, [to: to]]}, _),
    do: [breaks: "renames #{name(table)}.#{name(column)} to #{name(to)}"]

  defp read({drop, _, [{:table, _, _} = table | _]}, _) when drop in [:drop, :drop_if_exists],
    do: [breaks: "removes the table #{name(table)}"]

  defp read({remove, _, [column | _]}, table) when remove in [:remove, :remove_if_exists] and table != nil,
    do: [breaks: "removes #{table}.#{name(column)}"]

  defp read({:modify, _, [column, type | options]}, table) when table != nil,
    do: modified("#{table}.#{name(column)}", type, List.flatten(options))

  defp read({:add, _, [column, _type, options]}, table) when table != nil and is_list(options) do
    if options[:null] == false and not Keyword.has_key?(options, :default),
      do: [breaks: "adds #{table}.#{name(column)}, which is required and has no default"],
      else: []
  end

  defp read({:execute, _, [statement | _]}, table) do
    case statement do
      {:fn, _, body} -> read(body, table)
      _ -> statement(text(statement))
    end
  end

  defp read({:execute_file, _, _}, _), do: [unclear: "it executes a file"]

  defp read({use, _, [{:__aliases__, _, names} | _]}, _) when use in [:use, :import],
    do: if(known?(names), do: [], else: [unclear: "it uses #{Enum.join(names, ".")}"])

  defp read({{:., _, [_, query]}, _, arguments}, table) when query in [:query, :query!] do
    case arguments |> Enum.map(&text/1) |> Enum.reject(&is_nil/1) do
      [] -> statement(nil)
      [text | _] -> statement(text) ++ read(arguments, table)
    end
  end

  defp read({{:., _, [{:__aliases__, _, names}, called]}, _, arguments}, table) when called != :{} do
    if known?(names),
      do: read(arguments, table),
      else: [unclear: "it calls #{Enum.join(names, ".")}.#{called}"]
  end

  defp read({called, _, arguments}, table), do: read(called, table) ++ read(arguments, table)
  defp read({one, other}, table), do: read(one, table) ++ read(other, table)
  defp read(list, table) when is_list(list), do: Enum.flat_map(list, &read(&1, table))
  defp read(_, _), do: []

  defp modified(column, type, options) do
    {before, before_options} =
      case options[:from] do
        {type, options} when is_list(options) -> {type, options}
        type -> {type, []}
      end

    cond do
      plain(before) != plain(type) -> [breaks: "changes #{column} to #{Macro.to_string(type)}"]
      options[:null] == false and before_options[:null] != false -> [breaks: "makes #{column} required"]
      true -> []
    end
  end

  defp plain(code), do: Macro.prewalk(code, &Macro.update_meta(&1, fn _ -> [] end))

  # Modules whose calls do not change the schema: Elixir's, Ecto's, and the app's repo.
  @known ~w(Access Application Atom Base Calendar Code Date DateTime Ecto Enum File Float Function IO Inspect Integer
    Kernel Keyword List Logger Macro Map MapSet Module NaiveDateTime Path Process Range Regex Stream String System
    Task Time Tuple URI Version)a
  def known?([first | _] = names), do: first in @known or String.ends_with?(to_string(List.last(names)), "Repo")

  # Returns the text of a literal. An interpolated part becomes a word.
  defp text(text) when is_binary(text), do: text
  defp text({:<<>>, _, parts}), do: Enum.map_join(parts, &if(is_binary(&1), do: &1, else: "..."))
  defp text({sigil, _, [{:<<>>, _, _} = text, _]}) when sigil in [:sigil_s, :sigil_S], do: text(text)
  defp text(list) when is_list(list) and list != [], do: if(Enum.all?(list, &is_binary/1), do: Enum.join(list, "; "))
  defp text(_), do: nil

  defp statement(nil), do: [unclear: "it executes SQL that is not in its source"]

  defp statement(text) do
    text = text |> String.replace(~r/\s+/, " ") |> String.trim()

    if Enum.any?(breaking(), &(text =~ &1)),
      do: [breaks: "executes #{if String.length(text) > 100, do: String.slice(text, 0, 100) <> "...", else: text}"],
      else: []
  end

  # This is a function, because Erlang/OTP 28 cannot keep a regular expression in an attribute.
  defp breaking do
    [
      ~r/\balter\s+(table|view|type)\b[^;]*\brename\b(?!\s+constraint)/i,
      ~r/\balter\s+table\b[^;]*\bdrop\b(?!\s+(constraint|not|default|identity|expression|index|key|check|primary|foreign|partition)\b)/i,
      ~r/\bdrop\s+(table|view|materialized\s+view|schema|type|function|sequence)\b/i,
      ~r/\balter\s+table\b[^;]*\b(alter\s+(column\s+)?\S+\s+(set\s+data\s+)?type|set\s+not\s+null|(modify|change)\s+column)\b/i
    ]
  end

  def name({:table, _, [name | _]}), do: name(name)
  def name(name) when is_atom(name) or is_binary(name), do: to_string(name)
  def name(code), do: Macro.to_string(code)
end
