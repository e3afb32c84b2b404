import { onLoopback } from '../core/endpoint.js'
import type { Live } from '../core/live.js'
import { keeperOf } from '../runtimes/runtime.js'
import { valueRules } from '../stacks/stacks.js'

/** The values that a release is started with. */
export interface Started {
  readonly release: number
  /** The release whose values they are; {@link ofNow}: those that are set now. */
  readonly config: number
}

/** No release has this number, so none are kept for it. */
export const ofNow = 0

/** Returns the names of the config values that differ, and no value. */
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
