import { sshCommand } from '../access/ssh-command.js'
import { sshFailed, toNode } from '../commands/ssh.js'
import type { Command } from '../core/host.js'
import { runCommand } from '../hosts/capture.js'
import { deployUser, serverPaths } from '../state/server.js'
import { nodeRefused, nodeUnreachable } from './errors.js'

/** A machine of the fleet, as another one reaches it. */
export interface Reached {
  readonly name: string
  readonly inside: string
}

/** Returns the command that runs a command of Gatling on another machine of the fleet. Only root can read the key. */
export const commandOn = ({ inside }: Pick<Reached, 'inside'>, words: readonly string[]): Command =>
  toNode(
    `${deployUser}@${inside}`,
    { key: serverPaths.fleetKey, hosts: serverPaths.fleetHosts },
    sshCommand(words),
  )

/**
 * Runs a command of Gatling on another machine of the fleet.
 * @returns its standard output.
 * @throws GatlingError FLEET_NODE_UNREACHABLE or FLEET_NODE_REFUSED.
 */
export const askNode = async (node: Reached, words: readonly string[], input = ''): Promise<string> => {
  const { status, stdout, stderr } = await runCommand({ ...commandOn(node, words), input })
  const said = stderr.split('\n').filter(line => line !== '')
  if (status === sshFailed) throw nodeUnreachable(node.name, said)
  if (status !== 0) throw nodeRefused(node.name, said)
  return stdout
}
