import type { Command } from '../core/host.js'

export interface RedisAddress {
  readonly host: string
  readonly port: number
}

/**
 * Returns the words of a client. Its password is in REDISCLI_AUTH, because everybody can read a command line
 * (redis-cli(1)).
 */
export const client = (program: string, { host, port }: RedisAddress): readonly [string, ...string[]] => [
  program,
  ...['-h', host, '-p', String(port)],
]

/** Runs one command of Redis, and prints the answer as plain text. */
export const ask = (
  program: string,
  address: RedisAddress,
  password: string,
  ...words: readonly string[]
): Command => ({
  // A Redis that is stopped by a signal accepts connections, and never answers.
  argv: ['timeout', '5', ...client(program, address), '-e', ...words],
  env: { REDISCLI_AUTH: password },
  quiet: true,
})
