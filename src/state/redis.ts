import { rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { jsonNames, readJson, writeJson } from './json-file.js'
import { serverPaths } from './server.js'

const redisSchema = v.object({
  project: v.string(),
  /** The program in Debian: newer versions have Valkey instead of Redis. */
  program: v.picklist(['valkey', 'redis']),
  /** The limit for its data, in bytes. */
  memory: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Whether the least used keys are dropped when the memory is full. Otherwise writes fail. */
  evict: v.boolean(),
  /** The password, which REDIS_URL also contains. */
  password: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
  /** ISO 8601. */
  made: v.string(),
})

/**
 * Root's record of an app's Redis. It is written before any part of the Redis is made, so that no part is forgotten.
 */
export type Redis = v.InferOutput<typeof redisSchema>

const pathOf = (project: string): string => join(serverPaths.redises, `${project}.json`)

export const readRedis = (project: string): Redis | null => readJson(pathOf(project), redisSchema)

export const writeRedis = (redis: Redis): void => writeJson(pathOf(redis.project), redis)

export const forgetRedis = (project: string): void => rmSync(pathOf(project), { force: true })

/** Lists the apps that have a Redis, or a part of one. */
export const projectsWithRedis = (): readonly string[] => jsonNames(serverPaths.redises)
