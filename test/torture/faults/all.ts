import type { Fault } from '../fault.js'
import { crowds } from './crowd.js'
import { damages } from './damage.js'
import { databaseFaults } from './database.js'
import { byHandFaults } from './hand.js'
import { kills } from './kill.js'
import { machineFaults } from './machine.js'
import { nodes } from './node.js'
import { receptions } from './receive.js'
import { shortages } from './room.js'
import { sqliteFaults } from './sqlite.js'
import { stops } from './stop.js'
import { times } from './time.js'

/** All faults. */
export const allFaults: readonly Fault[] = [
  ...kills,
  ...machineFaults,
  ...nodes,
  ...receptions,
  ...shortages,
  ...stops,
  ...crowds,
  ...byHandFaults,
  ...damages,
  ...times,
  ...databaseFaults,
  ...sqliteFaults,
]
