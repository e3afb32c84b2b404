import { type FleetNode, isLead } from '../core/fleet.js'
import { askNode, commandOn } from '../fleet/ask.js'
import { nodeUnknown, notLead } from '../fleet/errors.js'
import { streamLines } from '../hosts/process.js'
import { readFleet } from '../state/fleet.js'
import { isRootOf, readRegistered } from '../state/server.js'
import { type LogsWanted, readLogs } from './logs.js'

/**
 * Reads what an app wrote on every machine that has it, if this machine leads a fleet, else on this machine. The journal
 * names the machine in each line.
 * @param on the only machine that is asked; undefined: all.
 * @throws GatlingError of `readLogs`, FLEET_NODE_UNKNOWN or FLEET_NOT_LEAD.
 */
export const readAllLogs = async (
  home: string,
  project: string,
  wanted: LogsWanted,
  on: string | undefined,
): Promise<void> => {
  const { here, others } = machinesWith(home, project, on)
  if (others.length === 0) return readLogs(home, project, wanted)
  const own = here ? [collectHere(home, project, wanted)] : []
  if (!wanted.follow) {
    const all = await Promise.all([...own, ...others.map(node => collect(node, project, wanted))])
    const lines = inOrder(all)
    return lines.slice(Math.max(0, lines.length - wanted.count)).forEach(wanted.show)
  }
  await Promise.all([...own, ...others.map(node => follow(node, project, wanted))])
}

/**
 * Merges the lines of several journals by their time, in whole seconds. Lines of one machine stay in their order. A line
 * without a time continues the one before.
 */
export const inOrder = (all: readonly (readonly string[])[]): readonly string[] =>
  all
    .flatMap(lines => {
      let time = ''
      return lines.map(line => {
        time = /^\d{4}-\S+/.exec(line)?.[0] ?? time
        return { time, line }
      })
    })
    .sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0))
    .map(({ line }) => line)

/** Finds out which machines are asked. */
const machinesWith = (
  home: string,
  project: string,
  on: string | undefined,
): { readonly here: boolean; readonly others: readonly FleetNode[] } => {
  const fleet = isRootOf(home) ? readFleet() : null
  if (on !== undefined && !fleet?.nodes.some(({ name }) => name === on))
    throw nodeUnknown(on, fleet?.nodes.map(({ name }) => name) ?? [])
  // Only the lead may read what other machines have.
  if (fleet !== null && !isLead(fleet) && on !== undefined && on !== fleet.self) throw notLead(fleet.lead)
  if (fleet === null || !isLead(fleet)) return { here: true, others: [] }
  const has = readRegistered(project)?.nodes ?? []
  const isAsked = (name: string): boolean => (on === undefined ? has.includes(name) : name === on)
  const others = fleet.nodes.filter(({ name }) => name !== fleet.self && isAsked(name))
  return { here: on === undefined || on === fleet.self, others }
}

/** Returns the lines of this machine. While it follows, each is shown at once. */
const collectHere = async (home: string, project: string, wanted: LogsWanted): Promise<readonly string[]> => {
  const lines: string[] = []
  const show = wanted.follow ? wanted.show : (line: string) => void lines.push(line)
  await readLogs(home, project, { ...wanted, show })
  return lines
}

const wordsFor = (project: string, { count, follow }: LogsWanted): readonly string[] => [
  ...['node', 'logs', project, '--lines', String(count)],
  ...(follow ? ['--follow'] : []),
]

/** Returns the lines of another machine. If it does not answer, the others are still shown. */
const collect = async (node: FleetNode, project: string, wanted: LogsWanted): Promise<readonly string[]> => {
  try {
    const text = await askNode(node, wordsFor(project, wanted))
    return text.split('\n').filter(line => line !== '')
  } catch (error) {
    wanted.show(error instanceof Error ? error.message : String(error))
    return []
  }
}

const follow = async (node: FleetNode, project: string, wanted: LogsWanted): Promise<void> => {
  await streamLines(commandOn(node, wordsFor(project, wanted)), wanted.show).stopped
  wanted.show(`${node.name} sends no more lines`)
}
