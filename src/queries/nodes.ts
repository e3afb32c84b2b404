import * as v from 'valibot'
import { type FleetNode, othersIn } from '../core/fleet.js'
import { askNode } from '../fleet/ask.js'
import { factsHere, type NodeFacts, nodeFactsSchema } from '../fleet/facts.js'
import { readFleet } from '../state/fleet.js'

/** What `gatling nodes list --json` prints about a machine. */
export interface NodeStatus extends FleetNode {
  readonly lead: boolean
  /** `down`: it does not answer. */
  readonly state: 'ready' | 'down'
  /** Why it does not answer. */
  readonly reason: string | null
  /** What it says about itself; null: it does not answer. */
  readonly facts: NodeFacts | null
}

/** Asks every machine of the fleet at once. @returns an empty list: this machine stands alone. */
export const nodes = async (): Promise<readonly NodeStatus[]> => {
  const fleet = readFleet()
  if (fleet === null) return []
  const others = othersIn(fleet)
  return Promise.all(
    fleet.nodes.map(async node => {
      const lead = node.name === fleet.lead
      try {
        const facts = others.includes(node) ? await factsOf(node) : await factsHere()
        return { ...node, lead, state: 'ready' as const, reason: null, facts }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        return { ...node, lead, state: 'down' as const, reason, facts: null }
      }
    }),
  )
}

const factsOf = async (node: FleetNode): Promise<NodeFacts> =>
  v.parse(nodeFactsSchema, JSON.parse(await askNode(node, ['node', 'facts'])))
