import { onLoopback } from '../core/endpoint.js'
import type { Live } from '../core/live.js'
import { keeperOf } from '../runtimes/keeper.js'
import { valueRules } from '../stacks/stacks.js'

/** The config values that a release starts with. */
export interface Started {
  readonly release: number
  /** The release that they belong to; {@link ofNow}: the present values. */
  readonly config: number
}

/** The present values. No release has this number, so no values are kept for it. */
export const ofNow = 0

/** Returns the names of the config values that differ, without the values. */
export const differingNames = async (
  home: string,
  project: string,
  { slot, port }: Live,
  [one, other]: readonly [Started, Started],
): Promise<readonly string[]> => {
  const { services } = keeperOf(home, project)
  const processes = { web: onLoopback(port) }
  const valuesOf = (started: Started) => services.variables({ project, slot, processes, ...started })
  const [before, after] = [await valuesOf(one), await valuesOf(other)]
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter(name => !valueRules.isReserved(name) && before[name] !== after[name])
    .sort()
}
