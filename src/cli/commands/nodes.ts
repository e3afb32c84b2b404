import { existsSync } from 'node:fs'
import pc from 'picocolors'
import { sshCommand } from '../../access/ssh-command.js'
import { ssh } from '../../commands/ssh.js'
import { isLead } from '../../core/fleet.js'
import type { Command } from '../../core/host.js'
import { size } from '../../core/size.js'
import { letIn } from '../../fleet/root.js'
import { runAttached } from '../../hosts/attached.js'
import { runCommand } from '../../hosts/capture.js'
import { type NodeStatus, nodes } from '../../queries/nodes.js'
import { installedElixirs } from '../../stacks/phoenix/elixirs/installed.js'
import { readFleet } from '../../state/fleet.js'
import { isServer, serverPaths } from '../../state/server.js'
import { confirmedBy } from '../confirm.js'
import { leadRefused, notAServer, remoteUnknown, serverUnreachable, unconfirmed, usage } from '../errors.js'
import { remoteOf, sshOfGit } from '../git-remote.js'
import { show } from '../on-server.js'
import { print, printJson } from '../output.js'
import { table } from '../render.js'

/** Adds a machine to the fleet. On a laptop the person's own ssh lets the lead in there first. */
export const add = async (destination: string, options: { manager?: boolean }): Promise<void> => {
  const [, host] = /^root@([\w.:-]+)$/.exec(destination) ?? []
  if (host === undefined)
    throw usage(
      `${JSON.stringify(destination)} is not root at a machine`,
      'Name it like this: `gatling nodes add root@n2.example.com`.',
    )
  const { manager = false } = options
  if (!isServer()) return addThere(host, manager)
  const { addNode } = await import('../../fleet/add.js')
  const name = await addNode(host, { manager, setup: setupOptions() }, show)
  await tellAgain()
  print(pc.green(`${name} is in the fleet.`), 'gatling nodes list shows all of it.')
}

/** Tells the machines which of them can run an app now. */
const tellAgain = async (): Promise<void> => {
  const { fleetChanged } = await import('../../server/fleet-changed.js')
  for (const text of await fleetChanged()) show({ type: 'warning', text })
}

/** Returns the options of `gatling setup` that give another machine the Erlang and Elixir of this one. */
const setupOptions = (): string => {
  if (existsSync('/usr/bin/elixir')) return '--elixir'
  const [newest] = existsSync('/usr/bin/erl') ? installedElixirs(serverPaths.elixirs) : []
  return newest === undefined ? '' : `--elixir ${newest.version}`
}

/** Lets the lead in as root of a new machine, and asks it to add that machine. @throws GatlingError REMOTE_UNKNOWN. */
const addThere = async (host: string, manager: boolean): Promise<void> => {
  const name = process.env['GATLING_REMOTE'] ?? 'production'
  const remote = await remoteOf(name)
  if (remote === null) throw remoteUnknown(name)
  const shell = await sshOfGit()
  const lead = (...words: readonly string[]): Command => ssh({ ...remote, shell }, sshCommand(words), false)
  const asked = await runCommand(lead('node', 'key'))
  if (asked.status !== 0) throw leadRefused(remote.destination, asked.stderr)
  const there = ssh({ destination: `root@${host}`, port: null, shell }, letIn, false)
  const opened = await runCommand({ ...there, input: asked.stdout })
  if (opened.status !== 0) throw serverUnreachable(`root@${host}`)
  process.exitCode = await runAttached(
    lead('nodes', 'add', `root@${host}`, ...(manager ? ['--manager'] : [])).argv,
  )
}

/** Gives the other machines the Gatling of this one. */
export const update = async (name: string | undefined): Promise<void> => {
  if (!isServer()) throw notAServer('nodes')
  const { updateNodes } = await import('../../fleet/update.js')
  await updateNodes(name, show)
  print('gatling doctor compares all versions.')
}

/** Removes a machine from the fleet. */
export const remove = async (name: string, options: { force?: boolean; yes?: boolean }): Promise<void> => {
  if (!isServer()) throw notAServer('nodes')
  const { leavingNode, removeNode } = await import('../../fleet/remove.js')
  leavingNode(name)
  const warning = `This removes ${name} from the fleet, with all data that apps keep there. If \`nodes add\` made it a server, it stops being one.`
  if (!options.yes && !(await confirmedBy(name, warning))) throw unconfirmed(`removing ${name}`)
  const hasLeft = await removeNode(name, options.force === true, show)
  await tellAgain()
  print(`${name} is no longer in the fleet.`)
  print(
    hasLeft
      ? 'The packages that were installed there stay; apt removes them.'
      : `It did not answer, so all is still there: Gatling, its apps, Docker and the network. If it starts again, run there: gatling node leave, then gatling teardown`,
  )
}

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
