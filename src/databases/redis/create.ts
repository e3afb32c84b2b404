import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import * as systemd from '../../commands/systemd.js'
import type { Action } from '../../core/action.js'
import type { EventBody } from '../../core/event.js'
import { nodeAddress } from '../../core/slot.js'
import { runCommand } from '../../hosts/capture.js'
import { whileLocked } from '../../hosts/lock.js'
import { must } from '../../hosts/must.js'
import { forgetRedis, type Redis, readRedis, writeRedis } from '../../state/redis.js'
import { serverPaths } from '../../state/server.js'
import { redisSettings, redisUnit } from '../../templates/redis.js'
import { runActions } from '../run-actions.js'
import { newPassword } from '../verifier.js'
import { type WantedFile, writeFile } from '../write-file.js'
import { factsOf } from './ask.js'
import { noRedis, redisFailed, redisUrlSet } from './errors.js'
import { installedProgram, installRedis, serverProgram } from './install.js'
import { redisPaths, redisPort, redisUrl } from './place.js'
import { readUrl, removeUrl, writeUrl } from './url.js'

/** The choices of a person. What is left out stays as it is. */
export interface RedisOptions {
  readonly memory?: number
  readonly evict?: boolean
}

const defaultMemory = 256 * 1_024 ** 2

/**
 * Makes a Redis for an app of this server, or finishes, repairs or resizes what an earlier run has made.
 * @throws GatlingError REDIS_URL_SET or REDIS_FAILED.
 */
export const createRedis = async (
  project: string,
  wishes: RedisOptions,
  emit: (event: EventBody) => void,
): Promise<void> => {
  await whileLocked(serverPaths.lock(`redis-${project}`), async () => {
    const known = readRedis(project)
    const url = readUrl(project)
    if (url !== null && (known === null || url !== redisUrl(known))) throw redisUrlSet(project)
    const kept = known === null ? 'Nothing of it is left.' : 'What was there before is as it was.'
    await runActions(
      [
        installRedis,
        chooseRedis(project, wishes),
        file(project, 'install_redis_unit', unitOf),
        file(project, 'configure_redis', settingsOf),
        startRedis(project),
        setRedisUrl(project),
      ],
      { verb: 'create', project, kept, failed: redisFailed, emit },
    )
  })
}

/** Reads what an earlier action has noted. @throws GatlingError NO_REDIS. */
export const redisOf = (project: string): Redis => {
  const redis = readRedis(project)
  if (!redis) throw noRedis(project)
  return redis
}

/** Notes the Redis before it is made, so that the next run finds what a killed one left. */
const chooseRedis = (project: string, { memory, evict }: RedisOptions): Action => {
  const before = readRedis(project)
  const { really } = redisPaths(project)
  const hadData = existsSync(really)
  return {
    name: 'choose_redis',
    isMade: () =>
      before !== null &&
      (memory ?? before.memory) === before.memory &&
      (evict ?? before.evict) === before.evict,
    run: () =>
      writeRedis({
        project,
        program: before?.program ?? installedProgram() ?? 'redis',
        memory: memory ?? before?.memory ?? defaultMemory,
        evict: evict ?? before?.evict ?? false,
        password: before?.password ?? newPassword(),
        made: before?.made ?? new Date().toISOString(),
      }),
    undo: () => {
      if (before !== null) return writeRedis(before)
      if (!hadData) removeData(project)
      forgetRedis(project)
    },
  }
}

/** Removes the data of a Redis, and systemd's link to the data. */
export const removeData = (project: string): void => {
  const { data, really } = redisPaths(project)
  for (const path of [data, really]) rmSync(path, { recursive: true, force: true })
}

const settingsOf = ({ project, ...redis }: Redis): WantedFile => {
  const { settings, data } = redisPaths(project)
  const text = redisSettings({
    ...redis,
    ...{ project, data, address: nodeAddress(project), port: redisPort },
    passwordHash: createHash('sha256').update(redis.password).digest('hex'),
  })
  return { path: settings, text, mode: 0o600 }
}

const unitOf = ({ project, program, memory }: Redis): WantedFile => {
  const { unitFile, settings, state } = redisPaths(project)
  return {
    path: unitFile,
    text: redisUnit({ project, program: serverProgram(program), settings, state, memory, port: redisPort }),
    mode: 0o644,
  }
}

/** Writes a file, and restarts a running Redis with it. */
const file = (project: string, name: string, wanted: (redis: Redis) => WantedFile): Action =>
  writeFile(
    name,
    () => wanted(redisOf(project)),
    async () => {
      const { unit, unitFile } = redisPaths(project)
      await must(systemd.reload)
      if (existsSync(unitFile)) await must(systemd.tryRestart(unit))
    },
  )

const startRedis = (project: string): Action => {
  const { unit } = redisPaths(project)
  return {
    name: 'start_redis',
    isMade: async () =>
      (await runCommand(systemd.isEnabled(unit))).status === 0 &&
      (await factsOf(redisOf(project)).then(
        () => true,
        () => false,
      )),
    run: async () => {
      await must(systemd.enableNow(unit))
      await factsOf(redisOf(project))
    },
    undo: () => stopRedis(project),
  }
}

/** Stops a Redis for good. Its data stays. */
export const stopRedis = async (project: string): Promise<void> => {
  const { unit } = redisPaths(project)
  await must(systemd.disableNow(unit))
  await runCommand(systemd.forgetFailure(unit))
}

const setRedisUrl = (project: string): Action => ({
  name: 'set_redis_url',
  isMade: () => readUrl(project) === redisUrl(redisOf(project)),
  run: () => writeUrl(project, redisUrl(redisOf(project))),
  undo: () => removeUrl(project),
})
