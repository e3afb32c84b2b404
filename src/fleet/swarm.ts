import { readFleet } from '../state/fleet.js'
import { serverPaths } from '../state/server.js'
import { insideAddress } from '../templates/wireguard.js'
import { demote, joinToken, removeNode, rotateTokens, type SwarmNode, swarmNodes } from './docker.js'
import { asRoot, type Root } from './root.js'

/** How long Swarm can take to see a new machine, in ms. */
const patienceMs = 30_000

/** Lets a machine into the Swarm, and makes the token that it used worthless. */
export const letIntoSwarm = async (
  root: Root,
  { name, number, manager }: { name: string; number: number; manager: boolean },
): Promise<void> => {
  // A killed attempt can have left an entry.
  await dropFromSwarm(name)
  const managers = (readFleet()?.nodes ?? []).filter(node => node.manager).map(node => node.inside)
  const invitation = { inside: insideAddress(number), managers, token: await joinToken(manager) }
  try {
    await asRoot(root, `${serverPaths.gatling} node join`, JSON.stringify(invitation))
  } finally {
    await rotateTokens()
  }
  const until = Date.now() + patienceMs
  while (!(await isReady(name))) {
    if (Date.now() > until)
      throw new Error(`Swarm does not see ${name} as ready after ${patienceMs / 1_000} s`)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

const isReady = async (name: string): Promise<boolean> =>
  (await swarmNodes()).some(
    ({ Description, Status }) => Description.Hostname === name && Status.State === 'ready',
  )

/**
 * Removes every entry of a machine from the Swarm. A manager that was lost with the majority cannot be made a worker,
 * but can be removed.
 */
export const dropFromSwarm = async (name: string): Promise<void> => {
  const named = async (): Promise<readonly SwarmNode[]> =>
    (await swarmNodes()).filter(({ Description }) => Description.Hostname === name)
  for (const node of await named()) if (node.Spec.Role === 'manager') await demote(node).catch(() => {})
  for (const node of await named()) await removeNode(node)
}
