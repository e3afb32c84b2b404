import { isFree } from '../hosts/ports.js'
import type { Registered } from '../state/server.js'
import { firstPort, lastPort } from '../templates/systemd.js'

/** Chooses the lowest ports that no app has and nobody listens on. */
export const choosePorts = async (count: number, apps: readonly Registered[]): Promise<number[]> => {
  const taken = new Set(apps.flatMap(({ ports }) => Object.values(ports)))
  const chosen: number[] = []
  for (let port = firstPort; chosen.length < count && port <= lastPort; port++) {
    if (!taken.has(port) && (await isFree(port))) chosen.push(port)
  }
  return chosen
}
