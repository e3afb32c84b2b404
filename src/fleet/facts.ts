import { readFileSync, statfsSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import * as v from 'valibot'
import * as systemd from '../commands/systemd.js'
import { runCommand } from '../hosts/capture.js'
import { ownVersion } from '../hosts/own-version.js'
import { registeredProjects } from '../state/registered.js'
import { serverPaths } from '../state/server.js'
import { askNode, type Reached } from './ask.js'

const roomSchema = v.object({ free_bytes: v.number(), bytes: v.number() })

/** The schema of what a machine of a fleet says about itself. */
const nodeFactsSchema = v.object({
  gatling: v.string(),
  /** The time of its clock, in epoch ms. */
  at_ms: v.number(),
  /** The average number of processes that ran or wanted to run, over a minute (proc(5), /proc/loadavg). */
  load: v.number(),
  processors: v.number(),
  memory: roomSchema,
  disk: roomSchema,
  /** The instances that run, as `shop@a`. */
  instances: v.array(v.string()),
})

export type NodeFacts = v.InferOutput<typeof nodeFactsSchema>

/** Asks another machine. @throws GatlingError FLEET_NODE_UNREACHABLE or FLEET_NODE_REFUSED. */
export const factsOf = async (node: Reached): Promise<NodeFacts> =>
  v.parse(nodeFactsSchema, JSON.parse(await askNode(node, ['node', 'facts'])))

/** Looks at this machine. */
export const factsHere = async (): Promise<NodeFacts> => {
  const { bsize, blocks, bfree, bavail } = statfsSync(serverPaths.home)
  const memory = readFileSync('/proc/meminfo', 'utf8')
  return {
    gatling: ownVersion(),
    at_ms: Date.now(),
    load: loadavg()[0] ?? 0,
    processors: availableParallelism(),
    memory: { free_bytes: kibibytesOf(memory, 'MemAvailable'), bytes: kibibytesOf(memory, 'MemTotal') },
    // Space that is reserved for root counts as neither free nor used, as in df(1).
    disk: { free_bytes: bavail * bsize, bytes: (blocks - bfree + bavail) * bsize },
    instances: await instancesHere(),
  }
}

/** Reads a value of /proc/meminfo (proc(5)). @returns bytes. */
const kibibytesOf = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024

/** Lists the instances that run on this machine, as `shop@a`. */
export const instancesHere = async (): Promise<string[]> => {
  const projects = registeredProjects()
  const { stdout } = await runCommand(systemd.unitsLike('*@[ab].service'))
  return stdout
    .split('\n')
    .map(line => (line.split(' ')[0] ?? '').replace(/\.service$/, ''))
    .filter(unit => projects.includes(unit.slice(0, -2)))
    .sort()
}
