import { addressOf, connectionsIn, factsOf } from '../databases/redis/ask.js'
import { redisOf } from '../databases/redis/create.js'
import { redisPaths } from '../databases/redis/place.js'

/** What `gatling redis info` reports; the key names are public. */
export interface RedisInfo {
  readonly project: string
  readonly program: 'valkey' | 'redis'
  readonly version: string | null
  readonly address: string
  /** Whether the Redis answers. */
  readonly running: boolean
  /** In bytes. null: it does not answer. */
  readonly memory: { readonly used: number | null; readonly most: number }
  /** Whether the least used keys are dropped when the memory is full. */
  readonly evict: boolean
  readonly connections: number | null
  readonly data: string
}

/** Returns the facts about an app's Redis. @throws GatlingError NO_REDIS. */
export const redisInfo = async (project: string): Promise<RedisInfo> => {
  const redis = redisOf(project)
  const facts = await factsOf(redis).catch(() => null)
  const { host, port } = addressOf(project)
  const { program, memory, evict } = redis
  return {
    project,
    program,
    version: facts?.get('valkey_version') ?? facts?.get('redis_version') ?? null,
    address: `${host}:${port}`,
    running: facts !== null,
    memory: { used: facts === null ? null : Number(facts.get('used_memory')), most: memory },
    evict,
    connections: facts === null ? null : connectionsIn(facts),
    data: redisPaths(project).data,
  }
}
