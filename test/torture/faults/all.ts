import type { Fault } from '../fault.js'
import { crowds } from './crowd.js'
import { byHandFaults } from './hand.js'
import { kills } from './kill.js'
import { machineFaults } from './machine.js'
import { stops } from './stop.js'
import { times } from './time.js'

/** Everything that goes wrong. */
export const allFaults: readonly Fault[] = [
  ...kills,
  ...machineFaults,
  ...stops,
  ...crowds,
  ...byHandFaults,
  ...times,
]
