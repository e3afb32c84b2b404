import { isFree } from '../hosts/ports.js'
import type { Registered } from '../state/server.js'

/** Below the range that outgoing connections take their ports from (ip(7), ip_local_port_range). */
const first = 20_000
const last = 32_000

/** The lowest ports that no app has and nobody listens on. */
export const choosePorts = async (count: number, apps: readonly Registered[]): Promise<number[]> => {
  const taken = new Set(apps.flatMap(({ ports }) => Object.values(ports)))
  const chosen: number[] = []
  for (let port = first; chosen.length < count && port < last; port++) {
    if (!taken.has(port) && (await isFree(port))) chosen.push(port)
  }
  return chosen
}
