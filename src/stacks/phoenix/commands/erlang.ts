import type { Command } from '../../../core/host.js'

/** Compiles Erlang sources into a folder. */
export const compile = (sources: readonly string[], to: string): Command => ({
  argv: ['erlc', '+deterministic', '-o', to, ...sources],
  quiet: true,
})

/**
 * Compares two releases on disk. One scheduler and one thread for files, because to hand work over costs more than to do
 * it; and behind the running app when both cores are busy.
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

/** Evaluates Elixir in a VM of its own that has a release's code and configuration, and starts nothing. */
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
 * Evaluates Erlang in a running node, by erl_call (erl_interface): milliseconds, where `bin/<release> rpc` boots a VM.
 * The cookie is read from `<home>/.erlang.cookie`, so it is on no command line. Two callers of one name would get each
 * other's answers, and every name stays in the node as an atom: so the names are few.
 */
export const callNode = (call: {
  readonly erlCall: string
  /** Where the node listens, `address:port`. */
  readonly address: string
  readonly name: string
  readonly home: string
  readonly expression: string
  /** How long the node has to answer, in ms: the kernel takes connections also for one that is stopped. */
  readonly timeoutMs: number
}): Command => ({
  argv: [call.erlCall, '-h', call.name, '-address', call.address, '-fetch_stdout', '-e'],
  env: { HOME: call.home },
  // Without the newline erl_call loses the last character.
  input: `${call.expression}\n`,
  timeoutMs: call.timeoutMs,
  quiet: true,
})

/** A text as an Erlang string. */
export const erlangString = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

/** A text as an Elixir charlist. */
export const elixirCharlist = (text: string): string => `~c${erlangString(text).replaceAll('#{', '\\#{')}`
