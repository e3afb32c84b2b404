import { randomBytes } from 'node:crypto'
import * as redis from '../../commands/redis.js'
import * as systemd from '../../commands/systemd.js'
import { runAttached } from '../../hosts/attached.js'
import { writeWhole } from '../../hosts/files.js'
import { nodePlace } from '../../runtimes/definitions.js'
import { serverPaths } from '../../state/server.js'
import { sandbox } from '../../templates/systemd.js'
import { addressOf } from './ask.js'
import { redisOf } from './create.js'
import { clientProgram } from './install.js'

/** What is not for who may only use the Redis. */
const hidden = ['/var/lib/gatling', '/etc/gatling', '/var/log', '/run/gatling']

/** systemd shows everybody the environment that a unit is given, but not what its process sets. */
const withPassword = 'REDISCLI_AUTH=$(cat "$1") && export REDISCLI_AUTH && shift && exec "$@"'

/**
 * Opens the client of an app's Redis, as a user of its own that can reach nothing else.
 * @returns its exit code.
 * @throws GatlingError NO_REDIS.
 */
export const openCli = async (project: string, attached: 'pipe' | 'terminal'): Promise<number> => {
  const { program, password } = redisOf(project)
  const name = `gatling-redis-cli-${project}-${randomBytes(4).toString('hex')}`
  const credential = serverPaths.words(name)
  writeWhole(credential, password)
  const { argv } = systemd.runIn({
    name,
    description: `gatling redis cli ${project}`,
    properties: [
      'Type=exec',
      ...sandbox(`redis-${project}`, nodePlace(project), ['/tmp'], [], {
        ...{ memory: '512M', cpu: null, tasks: 16 },
      }),
      'DynamicUser=yes',
      'IPAddressDeny=any',
      `InaccessiblePaths=${hidden.map(path => `-${path}`).join(' ')}`,
      `LoadCredential=password:${credential}`,
      `ExecStopPost=+/bin/rm -f ${credential}`,
      'WorkingDirectory=/tmp',
    ],
    environment: {
      REDISCLI_HISTFILE: '/dev/null',
      PATH: '/usr/local/bin:/usr/bin:/bin',
      LANG: 'C.UTF-8',
      ...(attached === 'terminal' ? { TERM: process.env['TERM'] ?? 'xterm' } : {}),
    },
    attached,
    argv: [
      ...(['sh', '-c', withPassword, 'sh', `/run/credentials/${name}.service/password`] as const),
      ...redis.client(clientProgram(program), addressOf(project)),
    ],
  })
  return runAttached(argv)
}
