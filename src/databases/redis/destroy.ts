import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import * as systemd from '../../commands/systemd.js'
import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { whileLocked } from '../../hosts/lock.js'
import { must } from '../../hosts/must.js'
import type { Change } from '../../server/change.js'
import { isLoaded } from '../../state/apps.js'
import { forgetRedis } from '../../state/redis.js'
import { serverPaths } from '../../state/server.js'
import { runActions } from '../run-actions.js'
import { connectionsIn, factsOf } from './ask.js'
import { redisOf, removeData, stopRedis } from './create.js'
import { redisFailed, redisUsed } from './errors.js'
import { redisPaths, redisUrl } from './place.js'
import { readUrl, removeUrl } from './url.js'

/**
 * Removes the Redis of an app with everything in it.
 * @param inUse whether to destroy it although something is connected.
 * @throws GatlingError NO_REDIS, REDIS_USED or REDIS_FAILED.
 */
export const destroyRedis = async (
  project: string,
  inUse: boolean,
  emit: (event: EventBody) => void,
): Promise<void> => {
  await whileLocked(serverPaths.lock(`redis-${project}`), async () => {
    const redis = redisOf(project)
    // A Redis that is down has no users.
    const used = await factsOf(redis).then(connectionsIn, () => 0)
    if (used > 0 && !inUse) throw redisUsed(project, used)
    await runActions([unsetUrl(project), stop(project), remove(project)], {
      ...{ verb: 'destroy', project, kept: 'A part of it is gone.', failed: redisFailed, emit },
    })
  })
}

const unsetUrl = (project: string): Action => ({
  name: 'unset_redis_url',
  isMade: () => !isLoaded(serverPaths.home, project) || readUrl(project) !== redisUrl(redisOf(project)),
  run: () => removeUrl(project),
})

const stop = (project: string): Action => ({
  name: 'stop_redis',
  isMade: () => !existsSync(redisPaths(project).unitFile),
  run: () => stopRedis(project),
})

/** Removes everything, the state last, so that the next run completes a killed one. */
const remove = (project: string): Action => ({
  name: 'remove_redis',
  run: async () => {
    const { unitFile, settings } = redisPaths(project)
    removeData(project)
    removeParents(project)
    for (const path of [unitFile, settings]) rmSync(path, { force: true })
    await must(systemd.reload)
    forgetRedis(project)
  },
})

/** Removes empty parent folders, which systemd makes for the data of all apps but never removes. */
const removeParents = (project: string): void => {
  const { data, really } = redisPaths(project)
  for (const folder of [dirname(data), dirname(really)])
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
}

/** Removes the Redis of an app at `gatling teardown`. */
export const redisChange = (project: string): Change => ({
  about: `repair the Redis of ${project}`,
  // `gatling redis create` makes and repairs it.
  isMade: () => true,
  make: () => {},
  undo: () => destroyRedis(project, true, () => {}),
})
