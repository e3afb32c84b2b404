import { bytesIn, size } from '../../core/size.js'
import { readApp } from '../../state/apps.js'
import { gatlingHome } from '../../state/paths.js'
import { confirmedBy } from '../confirm.js'
import { unconfirmed, usage } from '../errors.js'
import { attachment, projectOnServer, show } from '../on-server.js'
import { print, printJson } from '../output.js'
import { table } from '../render.js'

/** Makes a Redis for an app, or repairs or resizes it. */
export const create = async (name: string, options: { memory?: string; evict?: boolean }): Promise<void> => {
  const project = projectOnServer(name, 'redis')
  const wishes = {
    ...(options.memory === undefined ? {} : { memory: memoryOf(options.memory) }),
    ...(options.evict === undefined ? {} : { evict: options.evict }),
  }
  const { createForValues } = await import('../../server/first-values.js')
  await createForValues(project, process.env['GATLING_USER'])
  readApp(gatlingHome(), project)
  const { createRedis } = await import('../../databases/redis/create.js')
  await createRedis(project, wishes, show)
  print(
    `${project} has a Redis, and REDIS_URL is set. The next push uses it, or now: gatling redeploy ${project}`,
  )
}

/** Reads an amount of memory, in bytes. @throws GatlingError USAGE. */
const memoryOf = (text: string): number => {
  const bytes = bytesIn(text)
  if (!(bytes >= bytesIn('16M') && bytes <= bytesIn('1024G')))
    throw usage(`${text} is not an amount of memory from 16M on`, 'Give one like 512M or 2G.')
  return bytes
}

export const info = async (name: string, options: { json?: boolean }): Promise<void> => {
  const project = projectOnServer(name, 'redis')
  const { redisInfo } = await import('../../queries/redis.js')
  const found = await redisInfo(project)
  if (options.json) return printJson(found)
  const { program, version, address, running, memory, evict, connections, data } = found
  const title = program === 'valkey' ? 'Valkey' : 'Redis'
  print(
    ...table([
      [
        'redis',
        `${title}${version === null ? '' : ` ${version}`}, ${running ? 'running' : 'does not answer'}`,
      ],
      ['address', address],
      [
        'memory',
        `${memory.used === null ? 'unknown' : size(memory.used)} of ${size(memory.most)}; when it is full, ${evict ? 'the least used keys go' : 'writes fail'}`,
      ],
      ['connections', connections === null ? 'unknown' : String(connections)],
      ['data', data],
    ]),
  )
}

/** Opens the client for a person, or runs commands on standard input. */
export const cli = async (name: string): Promise<void> => {
  const project = projectOnServer(name, 'redis')
  const { openCli } = await import('../../databases/redis/cli.js')
  process.exitCode = await openCli(project, attachment())
}

export const destroy = async (name: string, options: { yes?: boolean; inUse?: boolean }): Promise<void> => {
  const project = projectOnServer(name, 'redis')
  const { redisOf } = await import('../../databases/redis/create.js')
  redisOf(project)
  const warning = `This removes the Redis of ${project} with all its data.`
  if (!options.yes && !(await confirmedBy(project, warning)))
    throw unconfirmed(`destroying the Redis of ${project}`)
  const { destroyRedis } = await import('../../databases/redis/destroy.js')
  await destroyRedis(project, options.inUse ?? false, show)
  print(`The Redis of ${project} is gone.`)
}
