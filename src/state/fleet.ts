import * as v from 'valibot'
import type { Fleet } from '../core/fleet.js'
import { readJson, writeJson } from './json-file.js'
import { serverPaths } from './server.js'

const nodeSchema = v.object({
  name: v.string(),
  number: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(254)),
  address: v.string(),
  inside: v.string(),
  manager: v.boolean(),
})

/** The schema of `/etc/gatling/fleet.json`, which the lead also sends to the other machines. */
export const fleetSchema = v.object({ self: v.string(), lead: v.string(), nodes: v.array(nodeSchema) })

/** Reads the machines of the fleet; null: this machine stands alone. */
export const readFleet = (): Fleet | null => readJson(serverPaths.fleet, fleetSchema)

/** Writes the machines of the fleet. Every app can read where its other instances are. */
export const writeFleet = (fleet: Fleet): void => writeJson(serverPaths.fleet, fleet, 0o644)
