# Runs mix tasks one after the other in one VM, each as if mix had been started for it alone: to start it takes longer than
# most of them. The words of a command come on file descriptor 3, with zeros between. When it is done, that is said behind
# all that it has said, on standard output and error. A task that fails ends the VM, with the words and the status of mix.
defmodule Mix.Tasks.Gatling.Tasks do
  @moduledoc false
  use Mix.Task

  @done <<0, "done">>

  def run([]), do: loop(:erlang.open_port({:fd, 3, 3}, [:in, :binary, :eof, {:packet, 4}]), File.cwd!())

  defp loop(port, folder) do
    receive do
      {^port, {:data, words}} ->
        [task | args] = String.split(words, <<0>>)
        File.cd!(folder)
        # What ran before may have to run again, as the loading of dependencies that were not there yet.
        Mix.Task.clear()
        Mix.Task.run("loadconfig")
        Mix.Task.run(task, args)
        for device <- [:stdio, :stderr], do: IO.puts(device, @done)
        loop(port, folder)

      {^port, :eof} ->
        System.halt(0)
    end
  end
end

Mix.start()
Mix.CLI.main(["gatling.tasks"])
