import { sshFailed } from '../commands/ssh.js'
import { type FleetKeeper, type FleetNode, isLead } from '../core/fleet.js'
import { type Talk, talkTo } from '../hosts/talk.js'
import { readApp } from '../state/apps.js'
import { readFleet } from '../state/fleet.js'
import { nodesOf } from '../state/registered.js'
import { serverPaths } from '../state/server.js'
import { askNode, commandOn } from './ask.js'
import { decide, forgetDecisions } from './decision.js'
import { nodeAway } from './deploy-errors.js'
import { nodeRefused, nodeUnknown, nodeUnreachable, notLead } from './errors.js'
import { lineOf, tick } from './orders.js'
import { adoptOn, sendReleaseTo } from './send.js'

/** The time between two signs of life, in ms. */
const tickMs = 1_000

export interface Followers extends FleetKeeper {
  /** Ends the lines to all followers. A follower that is not done then asks for the decision. */
  close(): void
}

/** Returns what root does for the deploys of an app on a fleet. It holds a line of ssh to each follower. */
export const followers = (): Followers => {
  const lines = new Map<string, Talk>()
  const lineTo = (node: string): Talk => {
    const line = lines.get(node)
    if (!line) throw new Error(`there is no line to ${node}`)
    return line
  }
  return {
    open: async (project, run, without) => {
      await forgetDecisions(project, run)
      const { nodes } = fleetHere()
      for (const name of without) nodeOf(name)
      const wanted = nodesOf(serverPaths.home, project).filter(name => !without.includes(name))
      const there = nodes.filter(({ name }) => wanted.includes(name))
      return Promise.all(there.map(async node => ({ node: node.name, follows: await runsOn(node, project) })))
    },
    send: (project, node, release, config) =>
      sendReleaseTo(holderOf(project, node), project, release, config),
    follow: async (project, node, run) => {
      const line = talkTo(commandOn(holderOf(project, node), ['node', 'follow', project, String(run)]))
      lines.get(node)?.close()
      lines.set(node, line)
      const timer = setInterval(() => line.tell(lineOf(tick).trimEnd()), tickMs)
      void line.ended.then(() => clearInterval(timer))
    },
    tell: async (_, node, text) => lineTo(node).tell(text),
    hear: async (_, node) => {
      const line = lineTo(node)
      const heard = await line.hear()
      if (heard !== null) return heard
      const { status, stderr } = await line.ended
      const said = stderr.split('\n').filter(Boolean)
      if (status === sshFailed) throw nodeUnreachable(node, said)
      throw nodeRefused(node, said.length > 0 ? said : ['its run ended before it was done'])
    },
    decide,
    adopt: (project, node) => adoptOn(holderOf(project, node), project),
    close: () => {
      for (const line of lines.values()) line.close()
      lines.clear()
    },
  }
}

/** Returns the fleet, if this machine leads it. @throws GatlingError FLEET_NOT_LEAD. */
const fleetHere = () => {
  const fleet = readFleet()
  if (fleet === null || !isLead(fleet)) throw notLead(fleet?.lead ?? '-')
  return fleet
}

/** @throws GatlingError FLEET_NODE_UNKNOWN. */
const nodeOf = (name: string): FleetNode => {
  const { nodes } = fleetHere()
  const node = nodes.find(one => one.name === name)
  if (node) return node
  throw nodeUnknown(
    name,
    nodes.map(one => one.name),
  )
}

/** Finds a machine that has the app. An app's own user can ask for any, and must not bring the app to others. */
const holderOf = (project: string, name: string): FleetNode => {
  if (!nodesOf(serverPaths.home, project).includes(name))
    throw nodeUnknown(name, nodesOf(serverPaths.home, project))
  return nodeOf(name)
}

/**
 * Tells whether a machine must follow a deploy, because an instance of the app runs there, or it serves its files.
 * @throws GatlingError FLEET_NODE_AWAY.
 */
const runsOn = async (node: FleetNode, project: string): Promise<boolean> => {
  const isFiles = readApp(serverPaths.home, project).live?.processes.length === 0
  try {
    return (await askNode(node, ['node', 'runs', project])).trim() === 'yes' || isFiles
  } catch (error) {
    throw nodeAway(project, node.name, error instanceof Error ? error.message : '')
  }
}
