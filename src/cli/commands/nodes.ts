import pc from 'picocolors'
import { isLead } from '../../core/fleet.js'
import { size } from '../../core/size.js'
import { type NodeStatus, nodes } from '../../queries/nodes.js'
import { readFleet } from '../../state/fleet.js'
import { isServer } from '../../state/server.js'
import { notAServer } from '../errors.js'
import { print, printJson } from '../output.js'
import { table } from '../render.js'

/** Lists the machines of the fleet. */
export const list = async (options: { json?: boolean }): Promise<void> => {
  if (!isServer()) throw notAServer('nodes')
  const found = await nodes()
  if (options.json) return printJson(found)
  if (found.length === 0) return print('This server stands alone: it is in no fleet.')
  const fleet = readFleet()
  print(...table([titles, ...found.map(row)]), ...found.flatMap(remarks))
  if (fleet && !isLead(fleet)) print(`This is ${fleet.self}. Push to the lead, ${fleet.lead}.`)
}

const titles = ['NODE', 'STATE', 'ROLE', 'ADDRESS', 'LOAD', 'FREE MEMORY', 'FREE DISK', 'GATLING', 'RUNS']

const row = ({ name, state, lead, manager, address, facts }: NodeStatus): readonly string[] => [
  name,
  state,
  lead ? 'lead' : manager ? 'manager' : 'worker',
  address,
  ...(facts === null
    ? ['-', '-', '-', '-', '-']
    : [
        `${facts.load.toFixed(1)} of ${facts.processors}`,
        size(facts.memory.free_bytes),
        size(facts.disk.free_bytes),
        facts.gatling,
        facts.instances.join(' ') || '-',
      ]),
]

const remarks = ({ reason }: NodeStatus): readonly string[] => (reason === null ? [] : [pc.yellow(reason)])
