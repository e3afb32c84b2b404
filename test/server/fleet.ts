import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hold } from '../../src/commands/files.js'
import type { Lab, Machine } from './machine.js'
import { type Server, serverOn } from './server.js'

export interface TestFleet {
  /** The lead, as a laptop sees it. */
  readonly lead: Server
  /** All machines, the lead first. */
  readonly machines: readonly Machine[]
  close(): void
}

const minutes = 60_000

/** How long a test may wait until its fleet is there, in ms: there is only one at a time. */
export const fleetMs = 40 * minutes

/** Waits until no other test has a fleet, whose machines together need all processors. @returns a function that lets the next one begin. */
const myTurn = async (): Promise<() => void> => {
  const [program, ...args] = hold(join(tmpdir(), 'gatling-test-fleet.lock'), fleetMs / 1_000).argv
  const holder = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  return () => holder.stdin.end()
}

/** Makes a server that can lead a fleet, and machines that can be added. The first one is the server. */
export const createMachines = async (lab: Lab, names: readonly string[]): Promise<TestFleet> => {
  const leave = await myTurn()
  try {
    const machines = await Promise.all(names.map(name => lab.machine(name, { image: 'fleet' })))
    const [first] = machines
    if (first === undefined) throw new Error('a fleet needs a machine')
    await first.sh('NO_COLOR=1 gatling setup', { timeoutMs: 3 * minutes })
    const lead = serverOn(first)
    const close = (): void => {
      lead.close()
      leave()
    }
    return { lead, machines, close }
  } catch (error) {
    leave()
    throw error
  }
}

/** Lets the lead in as root of another machine, as a person does before `nodes add`. */
export const letIn = async ({ lead }: TestFleet, { put, sh }: Machine): Promise<void> => {
  await put('/root/lead.pub', await lead.machine.sh('gatling node key'))
  await sh('cat /root/lead.pub >>/root/.ssh/authorized_keys; rm /root/lead.pub')
}

/** Makes machines that are one fleet. @param managers the names of those that are managers beside the lead. */
export const createFleet = async (
  lab: Lab,
  { names = ['n1', 'n2', 'n3'], managers = [] }: { names?: string[]; managers?: string[] } = {},
): Promise<TestFleet> => {
  const fleet = await createMachines(lab, names)
  try {
    for (const machine of fleet.machines.slice(1)) {
      await letIn(fleet, machine)
      const option = managers.includes(machine.name) ? '--manager' : ''
      await fleet.lead.machine.sh(`NO_COLOR=1 gatling nodes add root@${machine.address} ${option}`, {
        timeoutMs: 3 * minutes,
      })
    }
    return fleet
  } catch (error) {
    fleet.close()
    throw error
  }
}
