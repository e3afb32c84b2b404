import type { Live, Slot } from './live.js'

/** Returns the slot that a new instance starts in. */
export const freeSlot = (live: Live | null): Slot => (live?.slot === 'a' ? 'b' : 'a')

/**
 * Returns the name of a slot's node. Two instances of an app can run side by side, so each slot has its own name.
 * @param address its own address in the fleet network, which tells the slots apart as well; null: it has none.
 */
export const nodeName = (project: string, slot: Slot, address: string | null = null): string =>
  address === null ? `${project}_${slot}@${nodeAddress(project)}` : `${project}@${address}`

/** The part of loopback in which the nodes of all apps listen. On a server an app's processes reach only their own. */
export const nodeNetwork = '127.64.0.0/10'

/** Returns the address that an app's nodes listen on. It is made from the app's name, within {@link nodeNetwork}. */
export const nodeAddress = (project: string): string => {
  const hash = fnv(project)
  return `127.${64 + (hash & 63)}.${(hash >>> 8) & 255}.${(hash >>> 16) & 255}`
}

/** Computes the FNV-1a hash with 32 bits. */
const fnv = (text: string): number =>
  [...text].reduce(
    (hash, letter) => Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16_777_619),
    2_166_136_261,
  )
