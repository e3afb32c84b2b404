import { join } from 'node:path'
import { nodeAddress } from '../../core/slot.js'
import type { Redis } from '../../state/redis.js'
import { serverPaths } from '../../state/server.js'

/**
 * Where it listens, on the app's own address of loopback. Below 1024 only root can listen: no other app can answer in
 * the place of one that is down, and so be told its password.
 */
export const redisPort = 637

/** Where things of the Redis of an app are. */
export const redisPaths = (project: string) => ({
  unit: `gatling-redis-${project}.service`,
  unitFile: join(serverPaths.units, `gatling-redis-${project}.service`),
  settings: join(serverPaths.redises, `${project}.conf`),
  /** Below /var/lib, as systemd makes it (systemd.exec(5), StateDirectory). */
  state: `gatling-redis/${project}`,
  data: `/var/lib/gatling-redis/${project}`,
  /** Where systemd has it, as its user exists only while the unit runs (systemd.exec(5), DynamicUser). */
  really: `/var/lib/private/gatling-redis/${project}`,
})

/** Redix takes no path of a socket in a URL, so it is an address with a password. */
export const redisUrl = ({ project, password }: Pick<Redis, 'project' | 'password'>): string =>
  `redis://:${password}@${nodeAddress(project)}:${redisPort}/0`
