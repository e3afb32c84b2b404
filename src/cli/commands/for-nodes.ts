// What the other machines of the fleet ask of this one.
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { factsHere } from '../../fleet/facts.js'
import { fleetSchema, writeFleet } from '../../state/fleet.js'
import { printJson } from '../output.js'

/** Prints what this machine says about itself. */
export const facts = async (): Promise<void> => printJson(await factsHere())

/** Notes the machines of the fleet, which the lead sends. */
export const know = (): void => writeFleet(v.parse(fleetSchema, JSON.parse(readFileSync(0, 'utf8'))))
