/** A machine of a fleet. The word `node` in the commands is this; an Erlang node has its full name. */
export interface FleetNode {
  /** Its host name, which Swarm also knows it by. */
  readonly name: string
  /** Its place in the fleet network: 2 is 10.83.2.0/24. */
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

/** How a run of a fleet can be decided. The first who writes one of these words decides. */
export const decisions = ['committed', 'refused'] as const
export type Decision = (typeof decisions)[number]

/** Another machine that has an app. */
export interface Follower {
  readonly node: string
  /** Whether an instance runs there, so that it must follow a deploy. */
  readonly follows: boolean
}

/** What only root can do for a deploy on a fleet: it reaches the other machines. */
export interface FleetKeeper {
  /**
   * Looks at the other machines that have the app, before a run of it.
   */
  open(project: string, run: number, without: readonly string[]): Promise<readonly Follower[]>
  /** Sends a release, with the config values of the release `config`. */
  send(project: string, node: string, release: number, config: number): Promise<void>
  /** Starts a follower. */
  follow(project: string, node: string, run: number): Promise<void>
  /** Writes a line to a follower. */
  tell(project: string, node: string, line: string): Promise<void>
  /** Returns the next lines of a follower. @throws GatlingError if it has ended. */
  hear(project: string, node: string): Promise<readonly string[]>
  /** Decides a run, unless it is decided. @returns how it is decided. */
  decide(project: string, run: number, wanted: Decision): Promise<Decision>
  /** Makes the live release live in the state of a machine that has no instance. */
  adopt(project: string, node: string): Promise<void>
}
