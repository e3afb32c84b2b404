import { type Fleet, type FleetNode, othersIn } from '../../core/fleet.js'
import { type SwarmNode, swarmHere, swarmNodes } from '../../fleet/docker.js'
import { factsOf, type NodeFacts } from '../../fleet/facts.js'
import { secondsSinceHandshake } from '../../fleet/network.js'
import { ownVersion } from '../../hosts/own-version.js'
import { readFleet } from '../../state/fleet.js'
import { readMembers } from '../../state/members.js'
import { type Answer, ok, problem, type Said, warning } from '../finding.js'

/** Checks that the machines of the fleet reach each other and agree. */
export const fleet = async (): Promise<Answer> => {
  const found = readFleet()
  if (found === null) return null
  const [others, network, swarm] = await Promise.all([
    Promise.all(othersIn(found).map(otherNode)),
    networkFindings(),
    swarmFindings(found),
  ])
  return [...others.flat(), ...network, ...swarm]
}

const otherNode = async (node: FleetNode): Promise<readonly Said[]> => {
  const before = Date.now()
  try {
    const facts = await factsOf(node)
    return nodeFindings(node.name, facts, { before, after: Date.now(), version: ownVersion() })
  } catch (error) {
    return [
      problem(
        error instanceof Error ? error.message : String(error),
        `Start it, or look at its sshd and network. If it is lost: gatling nodes remove ${node.name} --force`,
      ),
    ]
  }
}

/** Swarm's certificates and Gatling's records need clocks that agree. */
const mostOffMs = 2_000

/** @param asked the time before and after the question, in epoch ms, and the version of this machine. */
export const nodeFindings = (
  name: string,
  { gatling, at_ms: at }: Pick<NodeFacts, 'gatling' | 'at_ms'>,
  { before, after, version }: { before: number; after: number; version: string },
): readonly Said[] => {
  const offMs = Math.max(before - at, at - after, 0)
  const found = [
    ...(gatling === version
      ? []
      : [
          problem(
            `${name} has Gatling ${gatling}, and this machine has ${version}`,
            'On the lead: gatling nodes update',
          ),
        ]),
    ...(offMs <= mostOffMs
      ? []
      : [
          problem(
            `the clock of ${name} is ${(offMs / 1_000).toFixed(1)} s off`,
            'timedatectl set-ntp true, there and here',
          ),
        ]),
  ]
  return found.length > 0 ? found : [ok(`${name} answers, with the same version and time`)]
}

/** A connection in use has a handshake every 2 minutes, and each machine sends something every 25 s (wg(8)). */
const longestSilence = 180

const networkFindings = async (): Promise<readonly Said[]> => {
  const since = await secondsSinceHandshake()
  return readMembers().flatMap(({ name, wireguard, endpoint }) => {
    const seconds = since.get(wireguard)
    if (seconds === undefined || seconds <= longestSilence) return []
    const long = Number.isFinite(seconds) ? `for ${Math.round(seconds / 60)} minutes` : 'since the start'
    return [
      problem(
        `${name} has sent nothing through the fleet network ${long}`,
        `Let UDP port 51820 through, here and at ${endpoint}.`,
      ),
    ]
  })
}

const swarmFindings = async ({ lead, nodes }: Fleet): Promise<readonly Said[]> => {
  const here = await swarmHere().catch(() => null)
  if (here === null)
    return [problem('Docker does not answer, so no seat can move here', 'systemctl restart docker')]
  if (here === 'none') return [problem('this machine is not in the Swarm', `On ${lead}: gatling nodes list`)]
  if (here === 'worker') return []
  try {
    return quorumFindings(
      await swarmNodes(),
      nodes.map(({ name }) => name),
    )
  } catch {
    return [
      problem(
        'the Swarm has no majority of managers: nothing can be placed, and pushes are refused',
        'Start the managers that are down. If one is lost: gatling nodes remove NAME --force',
      ),
    ]
  }
}

/** @param names the machines that the fleet knows. */
export const quorumFindings = (swarm: readonly SwarmNode[], names: readonly string[]): readonly Said[] => {
  const nameOf = ({ Description }: SwarmNode): string => Description.Hostname
  const managers = swarm.filter(({ Spec }) => Spec.Role === 'manager')
  const reachable = managers.filter(({ ManagerStatus }) => ManagerStatus?.Reachability === 'reachable')
  const losable = Math.floor((managers.length - 1) / 2)
  const down = swarm.filter(({ Status }) => Status.State !== 'ready')
  const missing = names.filter(name => !swarm.some(node => nameOf(node) === name))
  return [
    ...down.map(node =>
      problem(`Swarm says that ${nameOf(node)} is ${node.Status.State}`, 'gatling nodes list'),
    ),
    ...missing.map(name =>
      problem(`${name} is not in the Swarm`, `gatling nodes remove ${name} --force, then add it again`),
    ),
    ...(managers.length % 2 === 0
      ? [
          warning(
            `${managers.length} managers live through the loss of ${losable}, as ${managers.length - 1} would`,
            'Have an odd number: gatling nodes add root@HOST --manager',
          ),
        ]
      : [
          ok(
            `${reachable.length} of ${managers.length} ${managers.length === 1 ? 'manager' : 'managers'} answer${managers.length === 1 ? 's' : ''}; ${losable} can be lost`,
          ),
        ]),
  ]
}
