import type { Command } from '../core/host.js'

/** Evaluates mix.exs in a VM of its own and writes what it says to a file. */
export const inspectProject = (script: string, buildDir: string, output: string): Command => ({
  argv: ['elixir', script, output],
  cwd: buildDir,
  env: { MIX_ENV: 'prod' },
  quiet: true,
})

/** Prints Elixir's version, Erlang's, and the names of these Erlang applications that are not there, a line each. */
export const describe = (applications: readonly string[]): Command => ({
  argv: [
    'elixir',
    '-e',
    `missing = for app <- ~w(${applications.join(' ')})a, match?({:error, _}, :code.lib_dir(app)), do: app
IO.puts(Enum.join([System.version(), System.otp_release(), Enum.join(missing, " ")], "\\n"))`,
  ],
  // erl reads a file .erlang in its HOME.
  cwd: '/',
  env: { HOME: '/' },
  quiet: true,
})
