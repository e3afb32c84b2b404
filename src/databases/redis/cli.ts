import * as redis from '../../commands/redis.js'
import { runClient } from '../client.js'
import { addressOf } from './ask.js'
import { redisOf } from './create.js'
import { clientProgram } from './install.js'

/** systemd shows everybody the environment of a unit, but not the variables that its process sets. */
const withPassword = 'REDISCLI_AUTH=$(cat "$1") && export REDISCLI_AUTH && shift && exec "$@"'

/** Opens the client of an app's Redis. @returns its exit code. @throws GatlingError NO_REDIS. */
export const openCli = async (project: string, attached: 'pipe' | 'terminal'): Promise<number> => {
  const { program, password } = redisOf(project)
  return runClient({
    project,
    what: 'redis-cli',
    attached,
    memory: '512M',
    reach: ['IPAddressDeny=any'],
    environment: { REDISCLI_HISTFILE: '/dev/null' },
    secret: password,
    begin: withPassword,
    argv: redis.client(clientProgram(program), addressOf(project)),
  })
}
