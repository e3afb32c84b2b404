import type { Command } from '../../../core/host.js'

/** Compiles Erlang sources into a folder. */
export const compile = (sources: readonly string[], to: string): Command => ({
  argv: ['erlc', '+deterministic', '-o', to, ...sources],
  quiet: true,
})

/**
 * Compares two releases on disk. The VM has one scheduler and one thread for files, because handing work over would
 * cost more than the work. The running app goes first when the cores are busy.
 */
export const compareReleases = (engine: string, options: Readonly<Record<string, string>>): Command => ({
  argv: [
    ...nice,
    ...['erl', '+S', '1', '+SDio', '1', '-noinput', '-boot', 'start_clean', '-pa', engine],
    ...['-s', 'gatling_compare', 'main', '-extra'],
    ...Object.entries(options).map(([name, value]) => `${name}=${value}`),
  ],
  env: { ERL_CRASH_DUMP_BYTES: '0' },
  quiet: true,
})

/** Evaluates Elixir in a new VM with a release's code and configuration. It starts no application. */
export const evaluate = (
  releaseDir: string,
  releaseName: string,
  expression: string,
  env: Readonly<Record<string, string>>,
): Command => ({
  argv: [...nice, `${releaseDir}/bin/${releaseName}`, 'eval', expression],
  env,
  quiet: true,
})

const nice = ['nice', '-n', '5'] as const

/**
 * Evaluates Erlang in a running node, by erl_call (erl_interface). That takes milliseconds, while `bin/<release> rpc`
 * boots a VM. erl_call reads the cookie from `<home>/.erlang.cookie`, so it is on no command line. Two callers with one
 * name would get each other's answers. Every name stays in the node as an atom, so there are only a few names.
 */
export const callNode = (call: {
  readonly erlCall: string
  /** Where the node listens, `address:port`. */
  readonly address: string
  readonly name: string
  readonly home: string
  readonly expression: string
  /** How long the node has to answer, in ms. The kernel accepts connections even for a node that is stopped. */
  readonly timeoutMs: number
}): Command => ({
  argv: [call.erlCall, '-h', call.name, '-address', call.address, '-fetch_stdout', '-e'],
  env: { HOME: call.home },
  // Without the newline erl_call loses the last character.
  input: `${call.expression}\n`,
  timeoutMs: call.timeoutMs,
  quiet: true,
})

/** Writes a text as an Erlang string. */
export const erlangString = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

/** Writes a text as an Elixir charlist. */
export const elixirCharlist = (text: string): string => `~c${erlangString(text).replaceAll('#{', '\\#{')}`
