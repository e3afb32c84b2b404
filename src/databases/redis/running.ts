import * as systemd from '../../commands/systemd.js'
import { runCommand } from '../../hosts/capture.js'
import { projectsWithRedis } from '../../state/redis.js'
import { redisPaths } from './place.js'

/** Tells which of the Redises of some apps run. Apps without a Redis are left out. */
export const redisesRunning = async (
  projects: readonly string[],
): Promise<ReadonlyMap<string, 'running' | 'down'>> => {
  const found = projectsWithRedis().filter(project => projects.includes(project))
  const active = await Promise.all(
    found.map(async project => (await runCommand(systemd.isActive(redisPaths(project).unit))).status === 0),
  )
  return new Map(found.map((project, index) => [project, active[index] ? 'running' : 'down']))
}
