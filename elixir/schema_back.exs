# Finds out from the source of a migration whether Ecto can roll it back (Ecto.Migration; Ecto.Migration.Runner contains
# what it reverses).
Code.require_file("schema_change.exs", __DIR__)

defmodule Gatling.SchemaBack do
  @moduledoc false
  import Gatling.SchemaChange, only: [known?: 1, name: 1, unpiped: 1]

  # {:stays, what prevents the rollback} and {:unclear, why the source does not show that}, in the order of the source.
  def of(source) do
    code = source |> Code.string_to_quoted!() |> Macro.prewalk(&unpiped/1)

    case {body(code, :down), body(code, :change)} do
      {nil, nil} -> [stays: "it has no down/0"]
      {nil, _} -> code |> read(nil) |> Enum.uniq()
      {down, _} -> if(raises?(down), do: [stays: "its down/0 raises"], else: [])
    end
  rescue
    _ -> [unclear: "its source cannot be read"]
  end

  defp body(code, wanted) do
    {_, found} =
      Macro.prewalk(code, nil, fn
        {:def, _, [{^wanted, _, arguments}, [{:do, body} | _]]} = one, nil when arguments in [nil, []] -> {one, {:do, body}}
        one, found -> {one, found}
      end)

    found
  end

  defp raises?({:do, {:__block__, _, lines}}), do: Enum.any?(lines, &raises?({:do, &1}))
  defp raises?({:do, {:raise, _, _}}), do: true
  defp raises?(_), do: false

  # `table`: the table that is altered here; nil: none.
  defp read({define, _, [{function, _, _} | _]}, _) when define == :def and function in [:up, :down], do: []
  defp read({:alter, _, [table | body]}, _), do: read(body, name(table))
  defp read({:execute, _, [_]}, _), do: [stays: "it executes something that has no way back"]
  defp read({:execute, _, [_, _]}, _), do: []
  defp read({:execute_file, _, [_]}, _), do: [stays: "it executes a file that has no way back"]
  defp read({:execute_file, _, [_, _]}, _), do: []

  defp read({drop, _, [{:table, _, _} = table | _]}, _) when drop in [:drop, :drop_if_exists],
    do: [stays: "it removes the table #{name(table)}"]

  defp read({drop, _, [{:constraint, _, [table | _]} | _]}, _) when drop in [:drop, :drop_if_exists],
    do: [stays: "it removes a constraint of #{name(table)}"]

  defp read({:remove, _, [column]}, table) when table != nil,
    do: [stays: "it removes #{table}.#{name(column)} and does not name its type"]

  defp read({:remove_if_exists, _, [column | _]}, table) when table != nil,
    do: [stays: "it removes #{table}.#{name(column)}"]

  defp read({:add_if_not_exists, _, [column | _]}, table) when table != nil,
    do: [stays: "it adds #{table}.#{name(column)} if it is not there"]

  defp read({:modify, _, [column, _type | options]}, table) when table != nil do
    case List.flatten(options) do
      [] -> [stays: "it changes #{table}.#{name(column)} and does not say from what"]
      options -> if(Keyword.keyword?(options), do: from(options, table, column), else: [unclear: "it computes what changes"])
    end
  end

  defp read({use, _, [{:__aliases__, _, names} | _]}, _) when use in [:use, :import],
    do: if(known?(names), do: [], else: [unclear: "it uses #{Enum.join(names, ".")}"])

  defp read({{:., _, [{:repo, _, _}, called]}, _, _}, _), do: [unclear: "it calls repo().#{called} both ways"]

  defp read({{:., _, [{:__aliases__, _, names}, called]}, _, arguments}, table) when called != :{} do
    if known?(names),
      do: read(arguments, table),
      else: [unclear: "it calls #{Enum.join(names, ".")}.#{called}"]
  end

  defp read({called, _, arguments}, table), do: read(called, table) ++ read(arguments, table)
  defp read({one, other}, table), do: read(one, table) ++ read(other, table)
  defp read(list, table) when is_list(list), do: Enum.flat_map(list, &read(&1, table))
  defp read(_, _), do: []

  defp from(options, table, column) do
    if Keyword.has_key?(options, :from),
      do: [],
      else: [stays: "it changes #{table}.#{name(column)} and does not say from what"]
  end
end
