import type { Live, Slot } from './env.js'

/** The slot that a new instance starts in. */
export const freeSlot = (live: Live | null): Slot => (live?.slot === 'a' ? 'b' : 'a')

/** Two instances of an app run side by side, so each slot is its own node. */
export const nodeName = (project: string, slot: Slot): string => `${project}_${slot}@127.0.0.1`
