import * as systemd from '../commands/systemd.js'
import { type Action, runInOrder } from '../core/action.js'
import { count } from '../core/count.js'
import type { EventBody } from '../core/event.js'
import { type Fleet, type FleetNode, isLead, othersIn } from '../core/fleet.js'
import { notDeployed } from '../deploy/errors.js'
import { notLead, notTold } from '../fleet/errors.js'
import { answering, letTakeSeats, placeSeats, seatsHere } from '../fleet/seats.js'
import { sendApp, takeBack } from '../fleet/send.js'
import { runCommand } from '../hosts/capture.js'
import { whileLocked } from '../hosts/lock.js'
import { must } from '../hosts/must.js'
import { isFree } from '../hosts/ports.js'
import { readApp } from '../state/apps.js'
import { readFleet } from '../state/fleet.js'
import { registeredProjects } from '../state/registered.js'
import { readRegistered, serverPaths, writeRegistered } from '../state/server.js'
import { firstFleetPort, lastFleetPort } from '../templates/systemd.js'
import { convergeAndNote } from './converge-app.js'
import { endSeats, unshareEverywhere } from './end-scale.js'
import { noFleet, scaleFailed, scaleRefused } from './errors.js'
import { bound } from './machine-bound.js'
import { hold, openOnceListening } from './seat.js'
import { share, sharedOf } from './share.js'
import { tellFleet } from './tell-fleet.js'

type Emit = (event: EventBody) => void

/** How many instances of an app are wanted, and where they answer. */
export interface Scale {
  readonly project: string
  readonly wanted: number
  readonly answering: readonly string[]
}

/** Returns how many instances of an app are wanted, and the machines on which one answers. */
export const scaleOf = async (project: string): Promise<Scale> => {
  const { scale } = knownOr(project)
  const fleet = readFleet()
  if (!scale || fleet === null) return { project, wanted: 1, answering: [fleet?.lead ?? 'this server'] }
  const others = await answering(scale.port)
  return { project, wanted: scale.web, answering: [...(scale.open ? [fleet.self] : []), ...others].sort() }
}

/**
 * Runs so many instances of an app, each on another machine of the fleet.
 * @throws GatlingError NO_FLEET, NOT_THE_LEAD, SCALE_REFUSED or SCALE_FAILED; a failure leaves the app as it was.
 */
export const scaleApp = (project: string, web: number, emit: Emit): Promise<void> =>
  whileLocked(serverPaths.lock(`scale-${project}`), async () => {
    const { scale } = knownOr(project)
    const fleet = leadOr(project, web)
    if (fleet === null) return
    refuse(project, web, fleet)
    if (web === 1 && !scale) return
    const actions = web === 1 ? comingBack(project, fleet, emit) : await spreading(project, web, fleet, emit)
    const kept =
      web === 1 ? 'Every instance that ran still runs or has handed over.' : 'What ran before still runs.'
    await runInOrder(actions, (action, reason) => scaleFailed(project, web, action, reason, kept), emit)
    if (process.env[askedByFile] === String(web)) noteAsked(project, web)
  })

/** @throws GatlingError NOT_DEPLOYED or SCALE_REFUSED. */
const refuse = (project: string, web: number, { nodes }: Fleet): void => {
  const { live } = readApp(serverPaths.home, project)
  if (!live) throw notDeployed(project)
  if (web > nodes.length)
    throw scaleRefused(
      project,
      web,
      `the fleet has ${nodes.length} machines, and each runs one instance`,
      'Add a machine first: `gatling nodes add`.',
    )
  const reason = web > 1 ? bound(project, live) : null
  if (reason) throw scaleRefused(project, web, reason.why, reason.hint)
}

/** Lists the actions that run an app on several machines, or on more or fewer of them. */
const spreading = async (
  project: string,
  web: number,
  fleet: Fleet,
  emit: Emit,
): Promise<readonly Action[]> => {
  const before = knownOr(project).scale
  const { live } = readApp(serverPaths.home, project)
  const port = before?.port ?? (await choosePort())
  const others = othersIn(fleet)
  const isSpread = before !== undefined
  return [
    ...others.map(
      (node): Action => ({
        name: `send_to_${node.name}`,
        // Every deploy keeps the other machines up to date.
        isMade: () => hasApp(project, node),
        run: () => sendApp(project, node),
        undo: () => takeBack(project, node),
      }),
    ),
    {
      name: 'share_site',
      run: async () => {
        const reasons = await shareEverywhere(project, { web, port }, fleet)
        // A machine that is down must not keep the others from taking its place. It asks when it boots.
        if (reasons.length > 0 && !isSpread) throw notTold(project, reasons)
        for (const text of reasons) emit({ type: 'warning', text })
      },
      undo: async () => {
        if (before) await shareEverywhere(project, before, fleet)
        else await unshareEverywhere(project, fleet, emit)
      },
    },
    {
      name: 'place_seats',
      run: async () => {
        // The first seat is the lead's, where the instance already runs. The others wait until their machines may.
        await letTakeSeats(fleet.self, project, true)
        await placeSeats(project, web, live?.limits.memory ?? null)
        if (!before) await untilSeatHere(project, fleet)
        for (const { name } of othersIn(fleet)) await letTakeSeats(name, project, true)
      },
      undo: () => (before ? placeSeats(project, before.web, null) : endSeats(project, fleet)),
    },
    { name: 'await_instances', run: () => untilAnswering(project, web) },
  ]
}

/** Lists the actions that run an app on the lead alone again. Nothing of it stays on the other machines. */
const comingBack = (project: string, fleet: Fleet, emit: Emit): readonly Action[] => [
  {
    name: 'start_on_lead',
    run: async () => {
      hold(project)
      await convergeAndNote(project, false)
      const { live } = readApp(serverPaths.home, project)
      if (live) await openOnceListening(project, live)
    },
  },
  { name: 'remove_seats', run: () => endSeats(project, fleet) },
  { name: 'remove_elsewhere', run: () => unshareEverywhere(project, fleet, emit) },
]

const shareEverywhere = async (
  project: string,
  { web, port }: { readonly web: number; readonly port: number },
  fleet: Fleet,
): Promise<readonly string[]> => {
  await share(project, { ...sharedOf(knownOr(project)), web, port }, fleet)
  return tellFleet(project)
}

/** How long new instances may take until they answer, in ms, and the time between two looks. */
const answerMs = 90_000
const lookEveryMs = 200

/** How long the seat of the lead may take, in ms. If it takes none, as when it is drained, others do. */
const seatMs = 10_000

const untilSeatHere = async (project: string, { self }: Fleet): Promise<void> => {
  const deadline = performance.now() + seatMs
  while (!(await seatsHere(project))?.nodes.includes(self) && performance.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
}

const untilAnswering = async (project: string, web: number): Promise<void> => {
  const deadline = performance.now() + answerMs
  for (;;) {
    const { answering: nodes } = await scaleOf(project)
    if (nodes.length === web) return
    if (performance.now() > deadline)
      throw new Error(`${nodes.length} instances answer instead of ${web} after ${answerMs / 1_000} s`)
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
}

/** Chooses the lowest port that no other app has for the fleet. */
const choosePort = async (): Promise<number> => {
  const taken = registeredProjects().flatMap(name => readRegistered(name)?.scale?.port ?? [])
  for (let port = firstFleetPort; port <= lastFleetPort; port++)
    if (!taken.includes(port) && (await isFree(port))) return port
  throw new Error('no port is free for the fleet')
}

/**
 * Applies what gatling.toml asks for, if that has changed since the last deploy. So a scale by hand stays until the file
 * changes. It happens after the deploy, in a unit of its own: other machines get the app only between two deploys.
 * @param asked null: it asks for nothing, and the number stays.
 * @returns what a person should know; null: nothing.
 * @throws GatlingError as {@link scaleApp}.
 */
export const followFile = async (project: string, asked: number | null): Promise<string | null> => {
  // The scale of an earlier deploy still runs.
  if ((await runCommand(systemd.isActive(`gatling-scale-${project}.service`))).status === 0) return null
  const isNow = asked === null || asked === (knownOr(project).scale?.web ?? 1)
  if (!isNow) {
    const fleet = leadOr(project, asked)
    if (fleet !== null) refuse(project, asked, fleet)
    await must(
      systemd.runIn({
        name: `gatling-scale-${project}`,
        description: `gatling scale ${project} ${asked}`,
        properties: ['SyslogIdentifier=gatling-scale'],
        environment: { [askedByFile]: String(asked) },
        attached: 'no',
        argv: [serverPaths.gatling, 'scale', project, String(asked)],
      }),
    )
  }
  if (isNow) return noteAsked(project, asked)
  return `after this deploy ${project} will run on ${count(asked, 'machine')}, as [scale] in gatling.toml asks; see \`gatling scale ${project}\``
}

/** The variable that tells a scale that the file asks for it. Only what succeeded is noted, so a failure is tried again. */
const askedByFile = 'GATLING_ASKED_BY_FILE'

const noteAsked = (project: string, asked: number | null): null => {
  writeRegistered({ ...knownOr(project), scale_asked: asked })
  return null
}

/** Returns the fleet that this machine leads; null: there is none, and one instance is wanted. */
const leadOr = (project: string, web: number): Fleet | null => {
  const fleet = readFleet()
  if (fleet === null && web > 1) throw noFleet(project)
  if (fleet !== null && !isLead(fleet)) throw notLead(fleet.lead)
  return fleet
}

const hasApp = (project: string, { name }: FleetNode): boolean =>
  (readRegistered(project)?.nodes ?? []).includes(name)

const knownOr = (project: string) => {
  const known = readRegistered(project)
  if (!known) throw notDeployed(project)
  return known
}
