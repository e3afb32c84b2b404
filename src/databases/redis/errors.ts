import { count } from '../../core/count.js'
import { error } from '../../core/error.js'

export const noRedis = error('NO_REDIS', 'An app has no Redis that Gatling made.', (project: string) => ({
  message: `${project} has no Redis of Gatling's`,
  hint: `Make one with \`gatling redis create ${project}\`.`,
}))

export const redisUrlSet = error(
  'REDIS_URL_SET',
  'An app has a REDIS_URL already, which Gatling did not set.',
  (project: string) => ({
    message: `${project} has a REDIS_URL already, so it uses a Redis elsewhere. Nothing was changed`,
    hint: `To keep that Redis, do nothing. To use a new, empty one instead: first \`gatling config unset ${project} REDIS_URL\`, then \`gatling redis create ${project}\`.`,
  }),
)

export const redisDown = error(
  'REDIS_DOWN',
  'The Redis of an app does not answer.',
  (project: string, said: string) => ({
    message: `the Redis of ${project} does not answer${said === '' ? '' : `: ${said}`}`,
    hint: `As root, see why with \`journalctl -u gatling-redis-${project}\`. Start it with \`systemctl restart gatling-redis-${project}\`.`,
  }),
)

export const redisUsed = error(
  'REDIS_USED',
  'Something is connected to the Redis that a command should destroy.',
  (project: string, connections: number) => ({
    message: `the Redis of ${project} is in use by ${count(connections, 'connection')}. Nothing was changed`,
    hint: `Run \`gatling unload ${project}\` first, or stop the app. To destroy it under the app that runs, add --in-use.`,
  }),
)

export const redisFailed = error(
  'REDIS_FAILED',
  'A command that changes the Redis of an app failed.',
  (verb: string, project: string, action: string, reason: string, kept: string) => ({
    message: `${verb} of the Redis of ${project} failed at ${action}: ${reason}. ${kept}`,
    hint: `Fix the cause, then run \`gatling redis ${verb} ${project}\` again.`,
  }),
)
