import type { GatlingError } from '../core/error.js'
import { type Fleet, isLead } from '../core/fleet.js'
import { nodeUnknown, notLead } from '../fleet/errors.js'
import { answering, placeSeats, seatsHere, setAvailability } from '../fleet/seats.js'
import { readFleet } from '../state/fleet.js'
import { registeredProjects } from '../state/registered.js'
import { readRegistered } from '../state/server.js'
import { drainFailed, drainRefused, noFleet } from './errors.js'

/** How long a seat may take to answer elsewhere, or to end, in ms, and the time between two looks. */
const moveMs = 90_000
const lookEveryMs = 200

/**
 * Moves the instances of scaled apps away from a machine. Each first answers elsewhere: Swarm alone would stop it first.
 * @throws GatlingError NO_FLEET, NOT_THE_LEAD, FLEET_NODE_UNKNOWN, DRAIN_REFUSED or DRAIN_FAILED.
 */
export const drainNode = async (name: string): Promise<void> => {
  const fleet = fleetWith(name)
  const scaled = await appsOn(name)
  const movable = scaled.filter(({ seats }) => seats.free.some(free => free !== name))
  const only = scaled.find(app => !movable.includes(app) && app.seats.nodes.length === 1)
  if (only) throw drainRefused(name, only.project)
  try {
    for (const { project, web } of movable) await placeSeats(project, web + 1, null)
    for (const { project, port, seats } of movable)
      await until(
        async () =>
          (await serving(project, port, fleet)).filter(one => one !== name).length >= seats.nodes.length,
        reason => drainFailed(name, `${project} does not answer on enough other machines ${reason}`, false),
      )
    await setAvailability(name, false)
  } finally {
    // Without success this takes the additional seats back.
    for (const { project, web } of movable) await placeSeats(project, web, null)
  }
  for (const { project, port } of scaled)
    await until(
      async () => !(await serving(project, port, fleet)).includes(name),
      reason => drainFailed(name, `${project} still runs there ${reason}`, true),
    )
}

/** Lets a machine have seats again. Swarm moves none there by itself. */
export const undrainNode = async (name: string): Promise<void> => {
  fleetWith(name)
  await setAvailability(name, true)
}

const fleetWith = (name: string): Fleet => {
  const fleet = readFleet()
  if (fleet === null) throw noFleet(name)
  if (!isLead(fleet)) throw notLead(fleet.lead)
  if (!fleet.nodes.some(node => node.name === name))
    throw nodeUnknown(
      name,
      fleet.nodes.map(node => node.name),
    )
  return fleet
}

/** Returns the scaled apps that have a seat on a machine. */
const appsOn = async (name: string) => {
  const found = await Promise.all(
    registeredProjects().map(async project => {
      const scale = readRegistered(project)?.scale
      const seats = scale === undefined ? null : await seatsHere(project)
      return scale !== undefined && seats?.nodes.includes(name) ? [{ project, ...scale, seats }] : []
    }),
  )
  return found.flat()
}

const serving = async (project: string, port: number, { self }: Fleet): Promise<readonly string[]> => [
  ...(readRegistered(project)?.scale?.open ? [self] : []),
  ...(await answering(port)),
]

const until = async (
  condition: () => Promise<boolean>,
  otherwise: (reason: string) => GatlingError,
): Promise<void> => {
  const deadline = performance.now() + moveMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw otherwise(`after ${moveMs / 1_000} s`)
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
}
