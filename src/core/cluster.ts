import type { Slot } from './live.js'

/** Where the instances of an app find each other, on all machines of a fleet. */
export interface Cluster {
  /**
   * The app's own even number, the same on every machine. On machine 2 the addresses of its slots are 10.83.2.<place> and
   * the next one.
   */
  readonly place: number
  /** The address of this machine in the fleet network, and those of the others. */
  readonly inside: string
  readonly others: readonly string[]
}

/** The lowest and the highest place: 10.83.2.1 is the machine itself, and 10.83.2.255 is no host's address. */
export const firstPlace = 2
export const lastPlace = 252

/** Returns the address of a slot on the machine with this address in the fleet network. */
export const slotAddress = (inside: string, { place }: Pick<Cluster, 'place'>, slot: Slot): string =>
  `${inside.slice(0, inside.lastIndexOf('.'))}.${place + (slot === 'a' ? 0 : 1)}`

/** Returns the addresses of a slot on all machines, this one first. */
export const slotAddresses = (cluster: Cluster, slot: Slot): readonly string[] =>
  [cluster.inside, ...cluster.others].map(inside => slotAddress(inside, cluster, slot))

/**
 * Returns the addresses of both slots on every machine that a fleet can have, as ranges. A new machine must not change
 * them: systemd applies IPAddressAllow= only when a unit starts, and not when its file changes.
 */
export const everySlot = ({ place }: Pick<Cluster, 'place'>): readonly string[] =>
  Array.from({ length: mostMachines }, (_, at) => `10.83.${at + 1}.${place}/31`)

/** Machines have numbers from 1 to this one. */
const mostMachines = 254

/**
 * Returns the port at which the instances find each other. It is the same on all machines, because an Erlang node without
 * epmd connects to the port that it listens on itself.
 */
export const clusterPort = ({ place }: Pick<Cluster, 'place'>): number => 32_500 + place

/** Returns the DNS name of the instances in a slot, on all machines; null: of both slots. */
export const clusterName = (project: string, slot: Slot | null): string =>
  `${project}${slot === null ? '' : `-${slot}`}.gatling`

/** Where one instance is found by the others, and the DNS name of those that it looks for. */
export interface Meeting {
  readonly address: string
  readonly port: number
  readonly name: string
}
