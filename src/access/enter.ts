import { connect } from 'node:net'
import * as logger from '../commands/logger.js'
import { runCommand } from '../hosts/capture.js'
import { refuseClosed } from '../server/closed.js'
import { commandUnknown, configCode, keyMayNot, keyUnknown } from '../server/errors.js'
import { projectUnknown } from '../state/errors.js'
import { appPaths } from '../state/paths.js'
import { isMade } from '../state/registered.js'
import { serverPaths } from '../state/server.js'
import { type CommandFacts, calledAs, commandFor, familyOf, gitServices, mayRun } from './command.js'
import { dispatch, projectsIn, refuseOnFollower } from './dispatch.js'
import { refuseNodes } from './from-nodes.js'
import { type Key, readKeys } from './keys.js'
import { codeKeysIn, mayDo } from './rights.js'
import { runNoted } from './run-noted.js'
import type { SshCommand } from './ssh-command.js'

/** A command line for this process, which is root, or the exit code of a command that ran as an app's user. */
export type Entered = { readonly here: readonly string[] } | { readonly here: null; readonly code: number }

/**
 * Handles what the holder of a key asked for over ssh. Root checks the rights of the key, notes the request in the
 * journal, and hands everything that touches an app to the app's own user.
 * @throws GatlingError KEY_UNKNOWN, COMMAND_UNKNOWN, KEY_MAY_NOT or another refusal of the command line.
 */
export const enterByKey = async (
  name: string,
  wanted: SshCommand,
  commands: readonly CommandFacts[],
  say: (line: string) => void,
): Promise<Entered> => {
  const key = readKeys(serverPaths.keys).find(one => one.name === name)
  if (!key) throw keyUnknown(name)
  if (wanted.kind === 'git') {
    const { service, project } = wanted
    refuse(key, project, gitServices[service])
    await note(key, `${service} ${project}`)
    refuseOnFollower(gitServices[service])
    if (!isMade(project)) {
      if (service !== 'git-receive-pack' || !mayDo(key, null, 'server'))
        throw projectUnknown(project, undefined, [])
      say(`${project} is new here: making its user, folders and repository`)
      // Only the first push of an app needs what makes one.
      await (await import('../server/apps.js')).createApp(project)
    }
    refuseClosed(project)
    const { repository } = appPaths(serverPaths.home, project)
    const argv = ['git', service.slice('git-'.length), repository] as const
    const leave = service === 'git-receive-pack' ? knock(project) : () => {}
    try {
      const code = await runNoted(project, { argv, verb: service.slice(4), attached: 'pipe', who: name })
      return { here: null, code }
    } finally {
      leave()
    }
  }
  return enterCommand(key, wanted.argv, commands)
}

const enterCommand = async (
  key: Key,
  argv: readonly string[],
  commands: readonly CommandFacts[],
): Promise<Entered> => {
  const command = commandFor(commands, argv)
  if (command === null) throw commandUnknown(argv[0] ?? '', familyOf(commands, argv[0] ?? ''))
  // Any argument could be the app, so the key must reach every app that is named.
  const named = projectsIn(argv, command)
  for (const project of named.length > 0 ? named : [null]) {
    refuse(key, project, command)
    refuseNodes(key.name, project, command)
  }
  const code = codeKeysIn(key, argv)
  if (code.length > 0) throw configCode(key.name, code, key.can)
  await note(key, withoutValues(argv, command).join(' '))
  const ended = await dispatch(argv, command, key.name)
  if (ended !== null) return { here: null, code: ended }
  // Without an app there is no user to run it, and root runs no code of an app.
  if (command.runsAs !== 'root') throw keyMayNot(key.name, command.name, null, key.can)
  return { here: argv }
}

/**
 * Opens the door while git still receives, so that the deploy finds it open.
 * @returns a function that lets the door close again.
 */
const knock = (project: string): (() => void) => {
  const socket = connect(appPaths(serverPaths.home, project).control)
  socket.on('error', () => {})
  return () => socket.destroy()
}

/** Removes config values and the arguments of programs, which must not be in the journal. */
const withoutValues = (argv: readonly string[], { program }: CommandFacts): readonly string[] => {
  if (program) return argv.slice(0, 3)
  return argv[0] === 'config' ? argv.map(word => word.replace(/=.*/s, '=...')) : argv
}

const refuse = (key: Key, project: string | null, command: CommandFacts): void => {
  if (!mayRun(key, project, command)) throw keyMayNot(key.name, calledAs(command), project, key.can)
}

const note = (key: Key, what: string): Promise<unknown> =>
  runCommand(logger.note('gatling', `${key.name}: ${what}`))
