import * as v from 'valibot'
import * as docker from '../commands/docker.js'
import { within } from '../commands/timeout.js'
import { othersIn } from '../core/fleet.js'
import type { Command } from '../core/host.js'
import { type Captured, runCommand } from '../hosts/capture.js'
import { must } from '../hosts/must.js'
import { accepts } from '../hosts/ports.js'
import { readFleet } from '../state/fleet.js'
import { serverPaths } from '../state/server.js'
import { askNode } from './ask.js'

const seatsSchema = v.object({
  /** How many machines should run the app. It is less than what was asked for while too few machines take seats. */
  wanted: v.number(),
  /** The machines whose seat runs. */
  nodes: v.array(v.string()),
  /** The machines that could have one. */
  free: v.array(v.string()),
})
export type Seats = v.InferOutput<typeof seatsSchema>

/** How long Docker may take to answer, in s. Without a majority of managers some commands wait for one. */
const patience = 15
const ask = (command: Command): Promise<Captured> => runCommand(within(patience, command))
const tell = (command: Command): Promise<void> => must(within(patience, command))

/** `docker service ps` and `docker node ls`, each line. */
const taskSchema = v.object({ Node: v.string(), CurrentState: v.string() })
const machineSchema = v.object({ Hostname: v.string(), Status: v.string(), Availability: v.string() })

const linesOf = <Schema extends v.GenericSchema>(text: string, schema: Schema): v.InferOutput<Schema>[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => v.parse(schema, JSON.parse(line)))

/**
 * Counts the seats of an app from what Docker prints. A seat of a machine that is down does not count, although Swarm
 * still calls it running for a while.
 */
export const countSeats = (asked: string, tasks: string, machines: string): Seats => {
  const known = linesOf(machines, machineSchema)
  const taking = known.filter(({ Availability }) => Availability === 'Active')
  const up = known.filter(({ Status }) => Status === 'Ready')
  const running = linesOf(tasks, taskSchema).filter(({ CurrentState }) => CurrentState.startsWith('Running'))
  const has = ({ Hostname }: { readonly Hostname: string }): boolean =>
    running.some(({ Node }) => Node === Hostname)
  return {
    wanted: Math.min(Number(asked.trim()), taking.length),
    nodes: up.filter(has).map(({ Hostname }) => Hostname),
    free: up.filter(one => taking.includes(one) && !has(one)).map(({ Hostname }) => Hostname),
  }
}

/** Returns what this machine knows as a manager; null: it is none, or there is no majority, or no such service. */
export const seatsHere = async (project: string): Promise<Seats | null> => {
  const asked = [docker.countSeats(project), docker.listSeats(project), docker.listMachines]
  const [count, tasks, machines] = await Promise.all(asked.map(ask))
  if (count?.status !== 0 || tasks?.status !== 0 || machines?.status !== 0) return null
  return countSeats(count.stdout, tasks.stdout, machines.stdout)
}

/** Asks this machine, then the managers, who has a seat of an app; null: nobody answers. */
export const seatsOf = async (project: string): Promise<Seats | null> => {
  const here = await seatsHere(project)
  const fleet = readFleet()
  if (here !== null || fleet === null) return here
  for (const manager of othersIn(fleet).filter(one => one.manager)) {
    const said = await askNode(manager, ['node', 'seats', project]).catch(() => null)
    const parsed = said === null ? null : v.parse(v.nullable(seatsSchema), JSON.parse(said))
    if (parsed !== null) return parsed
  }
  return null
}

/** Returns the names of the machines, other than this one, on which an instance of the app answers. */
export const answering = async (port: number): Promise<readonly string[]> => {
  const fleet = readFleet()
  const looks = fleet === null ? [] : othersIn(fleet)
  const found = await Promise.all(looks.map(async ({ inside }) => accepts(port, inside)))
  return looks.filter((_, at) => found[at]).map(({ name }) => name)
}

/** Makes the seats of an app, or changes their number. */
export const placeSeats = async (project: string, count: number, memory: string | null): Promise<void> => {
  const isThere = (await ask(docker.countSeats(project))).status === 0
  const folder = serverPaths.seatFolder(project)
  await tell(
    isThere ? docker.scaleSeats(project, count) : docker.createSeats({ project, count, memory, folder }),
  )
}

export const removeSeats = async (project: string): Promise<void> => {
  const isThere = (await ask(docker.countSeats(project))).status === 0
  if (isThere) await tell(docker.removeSeats(project))
}

/** Lets a machine have seats of an app, or no longer. */
export const letTakeSeats = (machine: string, project: string, may: boolean): Promise<void> =>
  tell((may ? docker.giveApp : docker.takeApp)(machine, project))

/** Makes the image of seats, if this machine does not have it. */
export const makeImage = async (): Promise<void> => {
  if ((await ask(docker.hasImage)).status !== 0) await tell(docker.makeImage)
}

export const setAvailability = (machine: string, active: boolean): Promise<void> =>
  tell((active ? docker.undrain : docker.drain)(machine))
