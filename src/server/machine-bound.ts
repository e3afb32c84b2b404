import type { Live } from '../core/live.js'
import { plainValues, readConfig } from '../state/config.js'
import { readDatabase } from '../state/database.js'
import { readRedis } from '../state/redis.js'
import { serverPaths } from '../state/server.js'

/** Why an app cannot run on several machines, and what to do about that. */
export interface Bound {
  readonly why: string
  readonly hint: string
}

/** Tells what binds an app to this machine; null: nothing that Gatling can see. */
export const bound = (project: string, { processes }: Live): Bound | null => {
  if (processes.length === 0)
    return {
      why: 'nginx serves its files without any process of it',
      hint: 'Put a CDN or a balancer in front of a static site, or push it to several servers.',
    }
  const values = plainValues(readConfig(serverPaths.home, project))
  if (values['DATABASE_PATH'] !== undefined)
    return {
      why: 'its SQLite file, DATABASE_PATH, is on this machine alone',
      hint: 'Move its data to a PostgreSQL that all machines reach.',
    }
  if (readDatabase(project))
    return {
      why: 'its database, of `gatling db create`, answers only on this machine',
      hint: 'Move the data to a PostgreSQL that all machines reach, and set DATABASE_URL.',
    }
  if (readRedis(project))
    return {
      why: 'its Redis, of `gatling redis create`, answers only on this machine',
      hint: 'Use a Redis that all machines reach, and set REDIS_URL.',
    }
  const local = Object.entries(values).find(([, value]) => isLocal(value))
  return local === undefined
    ? null
    : {
        why: `${local[0]} leads to this machine alone`,
        hint: `Set it to an address that all machines reach: \`gatling config set ${project} ${local[0]}=...\`.`,
      }
}

/** Tells whether a value is the address of something on its own machine. */
export const isLocal = (value: string): boolean =>
  /^[a-z][a-z0-9+.-]*:\/\/([^@/]*@)?(localhost|127\.[\d.]+|\[::1\]|%2F)(?![^/]*@)/i.test(value) ||
  /^[a-z][a-z0-9+.-]*:\/\/[^?]*\?(.*&)?(socket_dir|host)=(\/|%2F)/i.test(value)
