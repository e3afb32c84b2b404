defmodule Counter.Parts do
  @moduledoc """
  Shows each part of the app as a text.
  """
  import Counter.Response, only: [text: 2]

  alias Counter.{Describe, Price}

  def answer(name) do
    text(200, show(name))
  rescue
    error -> text(500, Exception.message(error))
  catch
    kind, reason -> text(500, inspect({kind, reason}))
  end

  defp show("tally"), do: inspect(Counter.Tally.value())
  defp show("price"), do: Price.format(Price.new(3))
  defp show("inspect"), do: inspect(Price.new(3))
  defp show("string"), do: to_string(Price.new(3))

  defp show("describe") do
    Enum.map_join([1, "word", :atom, Price.new(3)], ", ", &Describe.describe/1)
  end

  defp show("card"), do: Counter.Card.render("Tea")
  defp show("abacus"), do: to_string(:counter_abacus.sum([1, 2]))
  defp show("report"), do: Counter.Report.text()
  defp show("stock"), do: Counter.Stock.report()
  defp show("till"), do: Price.format(Counter.Till.price())
  defp show("door"), do: Counter.Door.knock()
  defp show("words"), do: Counter.Words.current()
  defp show("board"), do: Counter.Board.text()
  defp show("workers"), do: names(Counter.Workers)
  defp show("children"), do: names(Counter.Supervisor)
  defp show("lobby"), do: Counter.Lobby.render(%{name: "lobby"})
  defp show("room"), do: Counter.RoomChannel.greet("Jane")
  defp show("money"), do: Money.format(1250)
  defp show("motto"), do: Application.fetch_env!(:counter, :motto)
  defp show("limit"), do: to_string(Application.fetch_env!(:counter, :limit))
  defp show("colour"), do: Counter.Paint.colour()
  defp show("env"), do: inspect(Application.get_all_env(:counter))
  defp show("style"), do: System.get_env("STYLE") || "plain"
  defp show("processes"), do: to_string(:erlang.system_info(:process_limit))
  defp show("theme"), do: :persistent_term.get(:counter_theme)

  # Long enough for the next beat.
  defp show("pulse") do
    Process.sleep(100)
    Counter.Board.get(:pulse)
  end

  defp names(supervisor) do
    supervisor
    |> Supervisor.which_children()
    |> Enum.map_join(" ", fn {id, _pid, _type, _modules} -> inspect(id) end)
  end
end
