import type { Command } from '../../../core/host.js'

/** erl reads a file .erlang in its HOME. */
const nowhere = { cwd: '/', env: { HOME: '/' }, quiet: true } as const

/** Evaluates mix.exs in a VM of its own and writes what it says to a file. */
export const inspectProject = (script: string, buildDir: string, output: string): Command => ({
  argv: ['elixir', script, output],
  cwd: buildDir,
  env: { MIX_ENV: 'prod' },
  quiet: true,
})

/**
 * Prints a line each: Elixir's version, Erlang's, the names of these Erlang applications that are not there, and whether
 * Erlang can load a regular expression that was compiled before (`re:import/1`).
 */
export const describe = (applications: readonly string[]): Command => ({
  argv: [
    'elixir',
    '-e',
    `missing = for app <- ~w(${applications.join(' ')})a, match?({:error, _}, :code.lib_dir(app)), do: app
imports = Code.ensure_loaded?(:re) and function_exported?(:re, :import, 1)
IO.puts(Enum.join([System.version(), System.otp_release(), Enum.join(missing, " "), imports], "\\n"))`,
  ],
  ...nowhere,
})

/** How long the configuration of an app may take, in ms. */
const configMs = 10_000

/** Evaluates config/runtime.exs as an instance does when it starts, with these variables; nothing is started, and it is no instance. */
export const evaluateConfig = (
  buildDir: string,
  {
    PATH: _path,
    ERL_AFLAGS: _flags,
    GATLING_INSTANCE: _instance,
    GATLING_COOKIE: _cookie,
    ...env
  }: Readonly<Record<string, string>>,
): Command => ({
  argv: ['elixir', '-e', 'Config.Reader.read!("config/runtime.exs", env: :prod, target: :host)'],
  cwd: buildDir,
  env,
  quiet: true,
  timeoutMs: configMs,
})

/** Has an Elixir print its version and Erlang's. */
export const version = (program: string): Command => ({ argv: [program, '--version'], ...nowhere })

/** Prints which Erlang/OTP the machine has: `27`. */
export const otp: Command = {
  argv: [
    'erl',
    ...['-noinput', '-boot', 'start_clean', '-eval'],
    'io:put_chars(erlang:system_info(otp_release)), halt().',
  ],
  ...nowhere,
}
