// What the machines of a fleet ask of each other about one app.
import { createWriteStream, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { decisions, isLead } from '../../core/fleet.js'
import { followRun } from '../../deploy/follow.js'
import { receiveRelease, sendRelease } from '../../deploy/transfer.js'
import { decideHere } from '../../fleet/decision.js'
import { adopt, equip, equipmentSchema } from '../../fleet/equip.js'
import { nodeUnknown, notLead } from '../../fleet/errors.js'
import { sendApp } from '../../fleet/send.js'
import { obey } from '../../housekeeping/obey.js'
import { keeperOf } from '../../runtimes/keeper.js'
import { rootServices } from '../../runtimes/root.js'
import { liveSchema, parseProject, readApp } from '../../state/apps.js'
import { readFleet } from '../../state/fleet.js'
import { gatlingHome } from '../../state/paths.js'
import { print } from '../output.js'

const input = (): unknown => JSON.parse(readFileSync(0, 'utf8'))
/** Each end waits for the end of the other's output, so both must close their input. */
const closing = async (work: Promise<void>): Promise<void> => {
  await work.finally(() => process.stdin.destroy())
}
const ends = () => ({ input: process.stdin, output: process.stdout })

/** Makes an app ready on this machine: the lead sends its config values. */
export const equipCommand = (project: string): Promise<void> =>
  equip(parseProject(project), v.parse(equipmentSchema, input()))

/** Sends a release to the standard output: another machine reads it. */
export const sendCommand = (project: string, release: string): Promise<void> =>
  closing(sendRelease(gatlingHome(), project, Number(release), ends()))

/** Receives a release from the standard input. */
export const receiveCommand = (project: string, release: string): Promise<void> =>
  closing(receiveRelease(gatlingHome(), project, Number(release), ends()))

/**
 * Makes a received release live in the state of this machine. If an instance of another release has its slot, which is
 * so only after missed deploys, that instance stops first. The other machines answer meanwhile.
 */
export const adoptCommand = async (project: string): Promise<void> => {
  const home = gatlingHome()
  const live = v.parse(liveSchema, input())
  const before = readApp(home, project).live
  if (before?.slot === live.slot && before.release !== live.release)
    await keeperOf(home, project).services.stop(project, live.slot, before.drain_timeout)
  adopt(home, project, live)
}

/** Sends the live release to the machine that asks: it returns to the fleet. */
export const bring = async (project: string): Promise<void> => {
  const fleet = readFleet()
  if (fleet === null || !isLead(fleet)) throw notLead(fleet?.lead ?? '-')
  const asker = (process.env['GATLING_USER'] ?? '').replace(/^node-/, '')
  const node = fleet.nodes.find(({ name }) => name === asker)
  if (!node)
    throw nodeUnknown(
      asker,
      fleet.nodes.map(({ name }) => name),
    )
  await sendApp(project, node)
}

/** Says whether an instance of an app runs on this machine. */
export const runs = async (project: string): Promise<void> =>
  print((await rootServices().list(project)).length > 0 ? 'yes' : 'no')

/** Decides a run of the fleet as a manager, and prints how it is decided. */
export const decideCommand = async (project: string, run: string, word: string): Promise<void> =>
  print((await decideHere(project, Number(run), v.parse(v.picklist(decisions), word))) ?? 'unknown')

/** Follows a deploy of the lead. A line that breaks must not end it. */
export const follow = async (project: string, run: string): Promise<void> => {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGPIPE', 'SIGTERM'] as const) process.on(signal, () => {})
  const output = createWriteStream('', { fd: 1 })
  await followRun(gatlingHome(), project, Number(run), { input: process.stdin, output })
}

/** Does on this machine what the fleet has decided about a run whose process died. */
export const obeyCommand = (project: string, run: string, word: string): Promise<void> =>
  obey(gatlingHome(), project, Number(run), v.parse(v.picklist(decisions), word))
