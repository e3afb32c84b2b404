/** A machine of a fleet. The word `node` in the commands is this; an Erlang node has its full name. */
export interface FleetNode {
  /** Its host name, which Swarm also knows it by. */
  readonly name: string
  /** Its place in the fleet network: 2 is 10.83.2.0/24. A number is not used again. */
  readonly number: number
  /** The address at which people and the other machines reach it from outside. */
  readonly address: string
  /** Its address in the fleet network. */
  readonly inside: string
  /** Whether it is a manager of the Swarm. */
  readonly manager: boolean
}

/** The network of all machines of a fleet, on WireGuard. */
export const fleetNetwork = '10.83.0.0/16'

/** The machines that run the same apps. */
export interface Fleet {
  /** The name of this machine. */
  readonly self: string
  /** The name of the machine that takes pushes. */
  readonly lead: string
  readonly nodes: readonly FleetNode[]
}

export const isLead = ({ self, lead }: Fleet): boolean => self === lead

/** Returns the other machines of the fleet. */
export const othersIn = ({ self, nodes }: Fleet): readonly FleetNode[] =>
  nodes.filter(({ name }) => name !== self)
