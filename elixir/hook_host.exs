# Runs the hooks of an app's upgrade.exs or deploy.exs: one VM for a whole deploy. Messages come on file descriptor 3
# and go on 4. Standard output and error belong to the hooks, except for a mark at the end of each.

defmodule Gatling.Env do
  @moduledoc "All that is known about one deploy. A change of it has no effect."
  defstruct ~w[
    available_port available_tasks build_dir built_release_path deploy_callback_module deploy_dir deploy_path
    domains etc_dir etc_path git_hook_path nginx_available_path nginx_dir nginx_enabled_path nginx_template
    project release_config_path releases script_template upgrade_callback_module upgrade_dir upgrade_path version
    failed_dir config_release cluster_mixed task release own_apps release_name mix_releases revision previous_revision branch mode pusher subject slot node_name
    url live timing upgrade_options schema_options migrations schema_changed_at limits build_limits nginx_conf max_body public_dir outcome error
  ]a
end

defmodule Gatling.Bash do
  @moduledoc "For hooks: `import Gatling.Bash`."

  @doc "Prints a line in the deploy's log."
  def log(message) do
    IO.puts(message)
    message
  end

  @doc """
  Runs a program, writes its output into the deploy's log, and returns `{output, status}` as `System.cmd/3` does.
  A status other than 0 stops the deploy, unless `check: false` is given.
  """
  def bash(command, args, opts \\ []) do
    {check, opts} = Keyword.pop(opts, :check, true)
    log(Enum.join(["$", command | args], " ") <> if(opts[:cd], do: " (#{opts[:cd]})", else: ""))
    options = Keyword.merge([stderr_to_stdout: true, into: IO.stream(:stdio, :line)], opts)
    {_, status} = result = System.cmd(command, args, options)
    if check and status != 0, do: raise("`#{Enum.join([command | args], " ")}` ended with status #{status}")
    result
  end
end

defmodule Gatling.HookHost do
  @moduledoc false

  def main do
    {:ok, _} = Application.ensure_all_started(:mix)
    port = :erlang.open_port({:fd, 3, 4}, [:binary, :eof, {:packet, 4}])
    loop(port, [])
  end

  defp loop(port, modules) do
    receive do
      {^port, {:data, data}} ->
        {reply, modules} = handle(:erlang.binary_to_term(data), modules)
        for device <- [:stdio, :stderr], do: IO.puts(device, <<0, "done">>)
        send(port, {self(), {:command, reply}})
        loop(port, modules)

      {^port, :eof} ->
        System.halt(0)
    end
  end

  defp handle(%{load: file}, _) do
    modules = for {module, _} <- Code.compile_file(Path.relative_to_cwd(file)), do: module

    functions =
      for module <- modules, {name, arity} <- module.__info__(:functions), do: "\n#{name}/#{arity}"

    {["loaded", functions], modules}
  catch
    kind, reason -> {["threw\n", describe(kind, reason, __STACKTRACE__)], []}
  end

  defp handle(%{call: name, callbacks: callbacks, env: fields}, modules) do
    function = String.to_existing_atom(name)
    module = Enum.find(modules, &function_exported?(&1, function, 1))
    env = struct!(Gatling.Env, callback_modules(fields, callbacks, module))
    {run(module, function, env), modules}
  end

  # As in the original, these fields are modules, not names.
  defp callback_modules(fields, callbacks, module) do
    fields
    |> Map.update!(:deploy_callback_module, &module_named/1)
    |> Map.update!(:upgrade_callback_module, &module_named/1)
    |> Map.put(:"#{callbacks}_callback_module", module)
  end

  defp module_named(nil), do: nil
  defp module_named(name), do: Module.concat([name])

  # Runs a hook in a new process, so that a hook that kills itself does not end the VM.
  defp run(module, function, env) do
    {_, monitor} = spawn_monitor(fn -> exit({:hook_result, attempt(module, function, env)}) end)

    receive do
      {:DOWN, ^monitor, _, _, {:hook_result, reply}} -> reply
      {:DOWN, ^monitor, _, _, :killed} -> "threw\nit killed its own process"
      {:DOWN, ^monitor, _, _, reason} -> "threw\n** (EXIT) #{Exception.format_exit(reason)}"
    end
  end

  defp attempt(module, function, env) do
    apply(module, function, [env])
    "ok"
  catch
    kind, reason -> ["threw\n", describe(kind, reason, __STACKTRACE__)]
  end

  defp describe(kind, reason, stacktrace) do
    Exception.format(kind, reason, Enum.reject(stacktrace, &match?({__MODULE__, _, _, _}, &1)))
  end
end

Gatling.HookHost.main()
