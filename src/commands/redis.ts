import type { Command } from '../core/host.js'

export interface RedisAddress {
  readonly host: string
  readonly port: number
}

/** The words of a client. Its password is in REDISCLI_AUTH: a command line can be read by everybody (redis-cli(1)). */
export const client = (program: string, { host, port }: RedisAddress): readonly [string, ...string[]] => [
  program,
  ...['-h', host, '-p', String(port)],
]

/** One command of Redis, answered in plain text. */
export const ask = (
  program: string,
  address: RedisAddress,
  password: string,
  ...words: readonly string[]
): Command => ({
  // One that is stopped by a signal takes connections, and never answers.
  argv: ['timeout', '5', ...client(program, address), '-e', ...words],
  env: { REDISCLI_AUTH: password },
  quiet: true,
})
