import { size } from '../../core/size.js'
import { connectionsIn, factsOf } from '../../databases/redis/ask.js'
import { redisPaths, redisUrl } from '../../databases/redis/place.js'
import { readUrl } from '../../databases/redis/url.js'
import { type Redis, readRedis } from '../../state/redis.js'
import { type Answer, ok, problem, type Said, warning } from '../finding.js'
import { percent } from '../sizes.js'
import type { AppFacts } from './facts.js'

/** Checks the Redis that Gatling made for an app. */
export const ownRedis = async ({ project }: AppFacts): Promise<Answer> => {
  const redis = readRedis(project)
  if (redis === null) return null
  if (readUrl(project) !== redisUrl(redis))
    return warning(
      'its Redis was not completely made, or not completely removed',
      `gatling redis create ${project} finishes it; gatling redis destroy ${project} removes it`,
    )
  return redisFinding(redis, await factsOf(redis).catch(() => null))
}

const nearLimit = 0.9

/** @param facts what it says about itself; null: it does not answer. */
export const redisFinding = (
  { project, memory, evict }: Pick<Redis, 'project' | 'memory' | 'evict'>,
  facts: ReadonlyMap<string, string> | null,
): Said => {
  const { unit } = redisPaths(project)
  if (facts === null)
    return problem('its Redis does not answer', `systemctl restart ${unit}; journalctl -u ${unit} says why`)
  if (facts.get('aof_last_write_status') !== 'ok')
    return problem('its Redis cannot write its data', `Make room on the disk; journalctl -u ${unit} says why`)
  const used = Number(facts.get('used_memory') ?? 0)
  if (!evict && used > nearLimit * memory)
    return warning(
      `its Redis has ${percent(used, memory)} of its memory in use; writes fail when it is full`,
      `gatling redis create ${project} --memory ... raises it, and --evict drops the least used keys`,
    )
  const open = connectionsIn(facts)
  return ok(`its Redis answers; ${size(used)} of ${size(memory)} are in use, ${open} connections are open`)
}
