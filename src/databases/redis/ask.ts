import * as redis from '../../commands/redis.js'
import { nodeAddress } from '../../core/slot.js'
import { runCommand } from '../../hosts/capture.js'
import type { Redis } from '../../state/redis.js'
import { redisDown } from './errors.js'
import { clientProgram } from './install.js'
import { redisPort } from './place.js'

export const addressOf = (project: string): redis.RedisAddress => ({
  host: nodeAddress(project),
  port: redisPort,
})

/** Reads the facts that a Redis reports: `used_memory`, `connected_clients`, ... @throws GatlingError REDIS_DOWN. */
export const factsOf = async ({
  project,
  program,
  password,
}: Redis): Promise<ReadonlyMap<string, string>> => {
  const command = redis.ask(clientProgram(program), addressOf(project), password, 'INFO')
  const { status, stdout, stderr } = await runCommand(command)
  if (status !== 0) throw redisDown(project, stderr.trim().split('\n').at(-1) ?? '')
  return new Map(
    stdout.split(/\r?\n/).flatMap(line => {
      const [, name = '', value = ''] = /^(\w+):(.*)$/.exec(line) ?? []
      return name === '' ? [] : [[name, value] as const]
    }),
  )
}

/** Returns the number of connected clients, without the one that asks. */
export const connectionsIn = (facts: ReadonlyMap<string, string>): number =>
  Math.max(0, Number(facts.get('connected_clients') ?? 1) - 1)
