import * as systemd from '../commands/systemd.js'
import { runCommand } from '../hosts/capture.js'
import { appBusy } from './errors.js'

/** How many programs one app has at once, beside its instances: 20 clients that push in one moment take 40. */
const mostPrograms = 64

/** The owner of an app gets out by these, whatever its code has started. */
const always: readonly string[] = ['cancel', 'unload', 'recover', 'load']

/**
 * Keeps an app's code, and its keys, from taking the machine's memory by asking for ever more deploys and commands, each of
 * which waits in a unit of its own. Those that ask in the same moment can exceed the bound by a few.
 * @throws GatlingError APP_BUSY.
 */
export const refuseTooMany = async (project: string, verb: string): Promise<void> => {
  if (always.includes(verb)) return
  const { stdout } = await runCommand(systemd.unitsLike(`gatling-*-${project}-*.service`))
  // An unload is a deploy, too.
  if (verb === 'deploy' && unitsOf(project, stdout, 'unload') > 0) return
  if (unitsOf(project, stdout) >= mostPrograms) throw appBusy(project, mostPrograms)
}

/** @param list units, one first on every line. */
const unitsOf = (project: string, list: string, verb = '[a-z-]+'): number => {
  const own = new RegExp(`^\\s*gatling-${verb}-${project}-[0-9a-f]+\\.service\\s`)
  return list.split('\n').filter(line => own.test(line)).length
}
