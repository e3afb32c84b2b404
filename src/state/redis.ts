import { rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { jsonNames, readJson, writeJson } from './json-file.js'
import { serverPaths } from './server.js'

const redisSchema = v.object({
  project: v.string(),
  /** What Debian has of it: Valkey is what Redis became there. */
  program: v.picklist(['valkey', 'redis']),
  /** What its data may take, in bytes. */
  memory: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Whether the keys that were used least go when the memory is full; else writes fail. */
  evict: v.boolean(),
  /** What REDIS_URL holds, too. */
  password: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
  /** ISO 8601. */
  made: v.string(),
})

/** The Redis of an app, as root keeps it. It is written before anything is made of it, so that nothing is forgotten. */
export type Redis = v.InferOutput<typeof redisSchema>

const pathOf = (project: string): string => join(serverPaths.redises, `${project}.json`)

export const readRedis = (project: string): Redis | null => readJson(pathOf(project), redisSchema)

export const writeRedis = (redis: Redis): void => writeJson(pathOf(redis.project), redis)

export const forgetRedis = (project: string): void => rmSync(pathOf(project), { force: true })

/** The apps that have a Redis, or a part of one. */
export const projectsWithRedis = (): readonly string[] => jsonNames(serverPaths.redises)
