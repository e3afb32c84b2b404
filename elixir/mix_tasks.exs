# Runs mix tasks one after the other in one VM, each as if mix had been started for it: a start takes longer than most
# tasks. The words of a command come on file descriptor 3, with zeros between. When a command is done, a mark follows
# its output, on standard output and error. A task that fails ends the VM, with the message and the status of mix.

# Mix asks before it fetches Hex or rebar3 for a dependency, and this shell says yes. To install them beforehand would
# take two more VMs at every push, and only mix knows which dependencies need them. Other questions get no answer.
defmodule Gatling.Shell do
  @moduledoc false
  @behaviour Mix.Shell

  defdelegate info(message), to: Mix.Shell.IO
  defdelegate error(message), to: Mix.Shell.IO
  defdelegate prompt(message), to: Mix.Shell.IO
  defdelegate print_app(), to: Mix.Shell.IO
  def cmd(command, options \\ []), do: Mix.Shell.IO.cmd(command, options)

  def yes?(question, _options \\ []),
    do: String.starts_with?(question, "Shall I install ") or Mix.Shell.IO.yes?(question)
end

defmodule Mix.Tasks.Gatling.Tasks do
  @moduledoc false
  use Mix.Task

  @done <<0, "done">>

  def run([]) do
    Mix.shell(Gatling.Shell)
    loop(:erlang.open_port({:fd, 3, 3}, [:in, :binary, :eof, {:packet, 4}]), File.cwd!())
  end

  defp loop(port, folder) do
    receive do
      {^port, {:data, words}} ->
        File.cd!(folder)
        alone(String.split(words, <<0>>))
        for device <- [:stdio, :stderr], do: IO.puts(device, @done)
        loop(port, folder)

      {^port, :eof} ->
        System.halt(0)
    end
  end

  # Runs a task in a new process, so that its links and its changes of the output end with it.
  defp alone([task | args]) do
    {_, monitor} = spawn_monitor(fn -> exit({__MODULE__, attempt(task, args)}) end)

    receive do
      {:DOWN, ^monitor, _, _, {__MODULE__, :ok}} -> unless_stopping()
      {:DOWN, ^monitor, _, _, {__MODULE__, {kind, reason, stack}}} -> :erlang.raise(kind, reason, stack)
      {:DOWN, ^monitor, _, _, reason} -> exit(reason)
    end
  end

  defp attempt(task, args) do
    System.argv([task | args])
    # Some tasks that ran must run again, such as the one that loads dependencies: there can be new ones.
    Mix.Task.clear()
    Mix.Task.run("loadconfig")
    Mix.Task.run(task, args)
    :ok
  catch
    kind, reason -> {kind, reason, __STACKTRACE__}
  end

  # Waits if the VM stops: System.stop/1 returns at once, with the status that the task chose.
  defp unless_stopping do
    if match?({:stopping, _}, :init.get_status()), do: Process.sleep(:infinity)
  end
end

Mix.start()
Mix.CLI.main(["gatling.tasks"])
