import { join } from 'node:path'
import { nodeAddress } from '../../core/slot.js'
import type { Redis } from '../../state/redis.js'
import { serverPaths } from '../../state/server.js'

/**
 * The port of every Redis, on the app's own address of loopback. Below 1024 only root can listen. So no other app can
 * answer for a Redis that is down, and get its password.
 */
export const redisPort = 637

/** Returns the paths of the Redis of an app. */
export const redisPaths = (project: string) => ({
  unit: `gatling-redis-${project}.service`,
  unitFile: join(serverPaths.units, `gatling-redis-${project}.service`),
  settings: join(serverPaths.redises, `${project}.conf`),
  /** The folder below /var/lib that systemd makes (systemd.exec(5), StateDirectory). */
  state: `gatling-redis/${project}`,
  data: `/var/lib/gatling-redis/${project}`,
  /**
   * The real folder. systemd keeps it here because the unit's user exists only while the unit runs (systemd.exec(5),
   * DynamicUser).
   */
  really: `/var/lib/private/gatling-redis/${project}`,
})

/** Returns REDIS_URL: an address with a password, because Redix accepts no path of a socket in a URL. */
export const redisUrl = ({ project, password }: Pick<Redis, 'project' | 'password'>): string =>
  `redis://:${password}@${nodeAddress(project)}:${redisPort}/0`
