import type { Command } from '../../../core/host.js'

/** The options of a command that must not read the user's files: erl reads .erlang in its HOME. */
const nowhere = { cwd: '/', env: { HOME: '/' }, quiet: true } as const

/** Evaluates mix.exs in a new VM and writes the result to a file. */
export const inspectProject = (script: string, buildDir: string, output: string): Command => ({
  argv: ['elixir', script, output],
  cwd: buildDir,
  env: { MIX_ENV: 'prod' },
  quiet: true,
})

/**
 * Prints four lines: Elixir's version, Erlang's, those of the given Erlang applications that are missing, and whether
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

/** How long the evaluation of an app's configuration may take, in ms. */
const configMs = 10_000

/** Evaluates config/runtime.exs with these variables, as an instance does when it starts. It starts no application. */
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

/** Prints the version of an Elixir, and of its Erlang. */
export const version = (program: string): Command => ({ argv: [program, '--version'], ...nowhere })

/** Prints the Erlang/OTP of the machine: `27`. */
export const otp: Command = {
  argv: [
    'erl',
    ...['-noinput', '-boot', 'start_clean', '-eval'],
    'io:put_chars(erlang:system_info(otp_release)), halt().',
  ],
  ...nowhere,
}
