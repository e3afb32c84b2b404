import { sshFailed } from '../commands/ssh.js'
import type { FleetNode } from '../core/fleet.js'
import { runJoined } from '../hosts/joined.js'
import { commandAs } from '../server/run-as.js'
import { readApp } from '../state/apps.js'
import { configOf, readConfig } from '../state/config.js'
import { nodesOf } from '../state/registered.js'
import { isDeploying } from '../state/runs.js'
import { readRegistered, serverPaths, writeRegistered } from '../state/server.js'
import { askNode, commandOn } from './ask.js'
import type { Equipment } from './equip.js'
import { nodeRefused, nodeUnreachable, nothingToSend, notSent } from './errors.js'

const { home } = serverPaths

/**
 * Sends a release of an app of this machine to another machine, with its config values. Only the files that the other
 * machine lacks are sent. Both ends run as the app's own user; root only joins their pipes.
 * @param config the release whose config values it gets.
 * @throws GatlingError FLEET_NODE_UNREACHABLE, FLEET_NODE_REFUSED or FLEET_NOT_SENT.
 */
export const sendReleaseTo = async (
  node: FleetNode,
  project: string,
  release: number,
  config: number,
): Promise<void> => {
  const equipment: Equipment = {
    config: readConfig(home, project),
    release: config,
    kept: configOf(home, project, config),
  }
  await askNode(node, ['node', 'equip', project], JSON.stringify(equipment))
  const words = [project, String(release)]
  const sends = await commandAs(project, {
    argv: [serverPaths.gatling, 'node', 'send', ...words],
    verb: 'send',
    attached: 'pipe',
  })
  const [sent, received] = await runJoined(sends, commandOn(node, ['node', 'receive', ...words]))
  if (received.status === sshFailed) throw nodeUnreachable(node.name, linesOf(received.stderr))
  if (received.status !== 0) throw nodeRefused(node.name, linesOf(received.stderr))
  if (sent.status !== 0) throw notSent(project, linesOf(sent.stderr))
}

const linesOf = (text: string): readonly string[] => text.split('\n').filter(line => line !== '')

/**
 * Sends an app of this machine to another machine: its user and ports are made there, and it gets the config values and
 * the live release. Nothing starts there: that machine's keeper starts the app when it converges it. From now on each
 * deploy is a deploy on that machine, too.
 * @throws GatlingError FLEET_NOTHING_TO_SEND, FLEET_NODE_UNREACHABLE or FLEET_NODE_REFUSED.
 */
export const sendApp = async (project: string, node: FleetNode): Promise<void> => {
  const isNew = !nodesOf(home, project).includes(node.name)
  // A deploy that begins from now on goes to that machine, too. One that has begun before must end first.
  noteNodes(project, names => [...names, node.name])
  try {
    await whileDeploying(project)
    await sendLive(project, node)
  } catch (error) {
    if (isNew) noteNodes(project, names => names.filter(name => name !== node.name))
    throw error
  }
}

/** Removes an app from another machine, of which a failed {@link sendApp} may have left a part there. */
export const takeBack = async (project: string, node: FleetNode): Promise<void> => {
  noteNodes(project, names => names.filter(name => name !== node.name))
  await askNode(node, ['node', 'unshare', project])
}

/** Sends the live release, and again if another one becomes live meanwhile. */
const sendLive = async (project: string, node: FleetNode): Promise<void> => {
  for (let sent: number | null = null; ; ) {
    const { live } = readApp(home, project)
    if (live === null) throw nothingToSend(project)
    if (live.release === sent) return
    await sendReleaseTo(node, project, live.release, live.config)
    await adoptOn(node, project)
    sent = live.release
  }
}

/** Makes the live release of this machine live in the state of another machine, which has received it. */
export const adoptOn = async (node: FleetNode, project: string): Promise<void> => {
  const { live } = readApp(home, project)
  if (live) await askNode(node, ['node', 'adopt', project], JSON.stringify(live))
}

const noteNodes = (project: string, change: (names: readonly string[]) => readonly string[]): void => {
  const known = readRegistered(project)
  if (known) writeRegistered({ ...known, nodes: [...new Set(change(known.nodes ?? []))].sort() })
}

/** How long to wait for a deploy, in ms, and the time between two looks. */
const deployMs = 600_000
const lookEveryMs = 200

const whileDeploying = async (project: string): Promise<void> => {
  const deadline = performance.now() + deployMs
  while (isDeploying(home, project) && performance.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
}
