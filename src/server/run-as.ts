import { randomBytes } from 'node:crypto'
import * as systemd from '../commands/systemd.js'
import type { Command } from '../core/host.js'
import { runAttached } from '../hosts/attached.js'
import { runCommand } from '../hosts/capture.js'
import { nodePlace } from '../runtimes/definitions.js'
import { bootId } from '../state/owner.js'
import { appPaths } from '../state/paths.js'
import { readRegistered, serverPaths, userOf, writeWords } from '../state/server.js'
import { sandbox } from '../templates/systemd.js'
import { refuseTooMany } from './bound.js'

export interface RunAs {
  /** The command line, which everybody on the machine can read. */
  readonly argv: readonly [string, ...string[]]
  /** Words that nobody else can read: see `handedWords`. */
  readonly words?: readonly string[]
  /** Part of the unit's name, for people. */
  readonly verb: string
  /** `no`: it runs alone. Otherwise it has this process's input and output, until it ends. */
  readonly attached: 'no' | 'pipe' | 'terminal'
  /** The person who asks. */
  readonly who?: string
  /** Whether its output is hidden. */
  readonly quiet?: boolean
  /** Part of the unit's name. Without it the number is random. */
  readonly number?: number
}

/**
 * Runs a program as an app's own user, in a new unit: sandboxed, limited, and with a lower priority than the sites.
 * This is the only way in which code of an app runs.
 * @returns its exit code; with `no` that of its start.
 * @throws GatlingError APP_BUSY.
 */
export const runAs = async (project: string, wanted: RunAs): Promise<number> => {
  const command = await commandAs(project, wanted)
  return wanted.attached === 'no' || wanted.quiet
    ? (await runCommand(command)).status
    : runAttached(command.argv)
}

/** Returns the command of {@link runAs}. */
export const commandAs = async (project: string, wanted: RunAs): Promise<Command> => {
  const { argv, words, verb, attached, who, number } = wanted
  await refuseTooMany(project, verb)
  const { root } = appPaths(serverPaths.home, project)
  const user = userOf(project)
  const build = readRegistered(project)?.build ?? { memory: null, cpu: null, tasks: 2048 }
  const name = unitName(project, verb, number)
  return systemd.runIn({
    name,
    description: `gatling ${verb} ${project}`,
    properties: [
      'Type=exec',
      ...sandbox(user, nodePlace(project), [root, serverPaths.public(project)], [], {
        ...build,
        memory: build.memory ?? '75%',
      }),
      `LoadCredential=config:${serverPaths.config(project)}`,
      ...(words === undefined ? [] : handing(writeWords(name, words))),
      `WorkingDirectory=${root}`,
      'CPUWeight=20',
      'IOWeight=20',
      'Nice=5',
      'OOMScoreAdjust=500',
      // Without this, systemd would end the deploy together with a killed build (systemd.service(5)), and the deploy
      // could not report the cause.
      'OOMPolicy=continue',
      `SyslogIdentifier=gatling-${verb}`,
    ],
    environment: {
      GATLING_HOME: serverPaths.home,
      GATLING_BOOT: bootId(),
      HOME: `${root}/home`,
      PATH: '/usr/local/bin:/usr/bin:/bin',
      LANG: 'C.UTF-8',
      ...(who === undefined ? {} : { GATLING_USER: who }),
      ...(attached === 'no' ? {} : passedOn()),
    },
    attached,
    argv,
  })
}

/** Returns the properties that hand a file to a unit. systemd removes the file as root, even if the caller has gone. */
const handing = (path: string): readonly string[] => [
  `LoadCredential=words:${path}`,
  `ExecStopPost=+/bin/rm -f ${path}`,
]

export const unitName = (project: string, verb: string, number?: number): string =>
  `gatling-${verb}-${project}-${number ?? randomBytes(4).toString('hex')}`

/** Returns the variables that are passed on: git's protocol, and the kind of terminal. */
const passedOn = (): Record<string, string> =>
  Object.fromEntries(
    ['GIT_PROTOCOL', 'TERM', 'COLUMNS', 'NO_COLOR', 'FORCE_COLOR'].flatMap(name => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
