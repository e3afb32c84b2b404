import { randomBytes } from 'node:crypto'
import * as systemd from '../commands/systemd.js'
import type { Command } from '../core/host.js'
import { runAttached } from '../hosts/attached.js'
import { writeWhole } from '../hosts/files.js'
import { nodePlace } from '../runtimes/definitions.js'
import { serverPaths } from '../state/server.js'
import { sandbox } from '../templates/systemd.js'

const hidden = ['/var/lib/gatling', '/etc/gatling', '/etc/postgresql', '/var/log', '/run/gatling']
/** Hides the folders that a user who only looks into a database does not need (systemd.exec(5)). */
export const hiding = `InaccessiblePaths=${hidden.map(path => `-${path}`).join(' ')}`

export interface Client {
  readonly project: string
  /** The name of the client, which is part of its unit's name. */
  readonly what: 'psql' | 'redis-cli'
  readonly attached: 'pipe' | 'terminal'
  readonly memory: string
  /** The parts of the machine that it can reach, as properties of its unit (systemd.exec(5)). */
  readonly reach: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /**
   * The secret. systemd passes it in a file and removes that, because on a command line everybody could read it
   * (LoadCredential).
   */
  readonly secret: string
  /** A line of sh that begins with the file's path as $1, and runs what follows it. */
  readonly begin: string
  readonly argv: readonly string[]
}

/**
 * Runs the client of a database for a person or a script, as a separate user that can reach only that database.
 * @returns its exit code.
 */
export const runClient = (client: Client): Promise<number> => runAttached(clientCommand(client).argv)

/** Writes the secret of a client to a file. @returns the command that runs it once, and removes the secret. */
export const clientCommand = (client: Client): Command => {
  const { project, what, attached, memory, reach, environment, secret, begin } = client
  const name = `gatling-${what}-${project}-${randomBytes(4).toString('hex')}`
  const credential = serverPaths.words(name)
  writeWhole(credential, secret)
  return systemd.runIn({
    name,
    description: `gatling ${what} ${project}`,
    properties: [
      'Type=exec',
      ...sandbox(`${what}-${project}`, nodePlace(project), ['/tmp'], [], { memory, cpu: null, tasks: 64 }),
      'DynamicUser=yes',
      ...reach,
      hiding,
      `LoadCredential=secret:${credential}`,
      `ExecStopPost=+/bin/rm -f ${credential}`,
      'WorkingDirectory=/tmp',
    ],
    environment: {
      ...environment,
      PATH: '/usr/local/bin:/usr/bin:/bin',
      LANG: 'C.UTF-8',
      ...(attached === 'terminal' ? { TERM: process.env['TERM'] ?? 'xterm' } : {}),
    },
    attached,
    argv: ['sh', '-c', begin, 'sh', `/run/credentials/${name}.service/secret`, ...client.argv],
  })
}
