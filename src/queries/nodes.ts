import { type FleetNode, othersIn } from '../core/fleet.js'
import { factsHere, factsOf, type NodeFacts } from '../fleet/facts.js'
import { readFleet } from '../state/fleet.js'
import { readAdding } from '../state/members.js'
import { insideAddress } from '../templates/wireguard.js'

/** What `gatling nodes list --json` prints about a machine. */
export interface NodeStatus extends FleetNode {
  readonly lead: boolean
  /** `down`: it does not answer. `half added`: its add was cut off, or goes on. */
  readonly state: 'ready' | 'down' | 'half added'
  /** Why it does not answer. */
  readonly reason: string | null
  /** What it says about itself; null: it does not answer. */
  readonly facts: NodeFacts | null
}

/** Asks every machine of the fleet at once. @returns an empty list: this machine stands alone. */
export const nodes = async (): Promise<readonly NodeStatus[]> => {
  const fleet = readFleet()
  const others = fleet === null ? [] : othersIn(fleet)
  const known = (fleet?.nodes ?? []).map(async (node): Promise<NodeStatus> => {
    const lead = node.name === fleet?.lead
    try {
      const facts = others.includes(node) ? await factsOf(node) : await factsHere()
      return { ...node, lead, state: 'ready', reason: null, facts }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { ...node, lead, state: 'down', reason, facts: null }
    }
  })
  return Promise.all([...known, ...halfAdded(fleet?.nodes ?? [])])
}

/** Returns the machine whose add was cut off. */
const halfAdded = (known: readonly FleetNode[]): readonly NodeStatus[] => {
  const adding = readAdding()
  if (adding === null || known.some(({ name }) => name === adding.name)) return []
  const { name, number, address, manager } = adding
  const node = { name, number, address, inside: insideAddress(number), manager }
  const reason = `the add of ${name} is not finished: run it again, or undo it with \`gatling nodes remove ${name}\``
  return [{ ...node, lead: false, state: 'half added', reason, facts: null }]
}
