import * as logger from '../commands/logger.js'
import { mayDo } from '../config/rights.js'
import { parseSshCommand } from '../config/ssh-command.js'
import { keyMayNot, keyUnknown, projectUnknown } from '../core/errors.js'
import { runCommand } from '../hosts/capture.js'
import { type Key, readKeys } from '../state/keys.js'
import { appPaths } from '../state/paths.js'
import { readRegistered, serverPaths } from '../state/server.js'
import { createApp } from './apps.js'
import { dispatch, projectIn } from './dispatch.js'
import { runAs } from './run-as.js'

/** A command line for this process, which is root; or the exit code of what ran as an app's user. */
export type Entered = { readonly here: readonly string[] } | { readonly here: null; readonly code: number }

/**
 * What ssh was asked for by the holder of a key. Root parses it, looks at what the key may do, notes it in the journal,
 * and hands everything that touches an app to the app's own user.
 * @throws GatlingError KEY_UNKNOWN, KEY_MAY_NOT or what the command line is refused with.
 */
export const enterByKey = async (
  name: string,
  command: string,
  say: (line: string) => void,
): Promise<Entered> => {
  const key = readKeys(serverPaths.keys).find(one => one.name === name)
  if (!key) throw keyUnknown(name)
  const wanted = parseSshCommand(command)
  if (wanted.kind === 'git') {
    const { service, project } = wanted
    refuse(key, project, service)
    await note(key, `${service} ${project}`)
    if (!readRegistered(project)) {
      if (service !== 'git-receive-pack' || !mayDo(key, null, 'load'))
        throw projectUnknown(project, undefined, [])
      say(`${project} is new here: making its user, folders and repository`)
      await createApp(project)
    }
    const { repository } = appPaths(serverPaths.home, project)
    const argv = ['git', service.slice('git-'.length), repository] as const
    return {
      here: null,
      code: await runAs(project, { argv, verb: service.slice(4), attached: 'pipe', who: name }),
    }
  }
  const { argv } = wanted
  refuse(key, projectIn(argv), argv[0] ?? '')
  await note(key, argv.join(' '))
  const code = await dispatch(argv, name)
  return code === null ? { here: argv } : { here: null, code }
}

const refuse = (key: Key, project: string | null, command: string): void => {
  if (!mayDo(key, project, command)) throw keyMayNot(key.name, command, project, key.can)
}

const note = (key: Key, what: string): Promise<unknown> =>
  runCommand(logger.note('gatling', `${key.name}: ${what}`))
