import * as systemd from '../commands/systemd.js'
import { runCommand } from '../hosts/capture.js'
import { appBusy } from './errors.js'

/**
 * How many programs one app may have at the same time, in addition to its instances. 20 clients that push together take
 * 40.
 */
const mostPrograms = 64

/** The commands that are always allowed, so that the owner can stop everything that the app's code has started. */
const always: readonly string[] = ['cancel', 'unload', 'recover', 'load']

/**
 * Prevents an app's code and keys from taking the machine's memory with ever more deploys and commands, each of which
 * waits in its own unit. Simultaneous requests can exceed the bound by a few.
 * @throws GatlingError APP_BUSY.
 */
export const refuseTooMany = async (project: string, verb: string): Promise<void> => {
  if (always.includes(verb)) return
  const { stdout } = await runCommand(systemd.unitsLike(`gatling-*-${project}-*.service`))
  // An unload is a deploy, too.
  if (verb === 'deploy' && unitsOf(project, stdout, 'unload') > 0) return
  if (unitsOf(project, stdout) >= mostPrograms) throw appBusy(project, mostPrograms)
}

/** Counts an app's units. @param list each line begins with a unit. */
const unitsOf = (project: string, list: string, verb = '[a-z-]+'): number => {
  const own = new RegExp(`^\\s*gatling-${verb}-${project}-[0-9a-f]+\\.service\\s`)
  return list.split('\n').filter(line => own.test(line)).length
}
