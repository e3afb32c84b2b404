import { hostname } from 'node:os'
import { basename, dirname } from 'node:path'
import { pipeTree } from '../commands/files.js'
import { sshFailed, toNode, type Way } from '../commands/ssh.js'
import { runCommand } from '../hosts/capture.js'
import { memberPaths } from '../state/members.js'
import { serverPaths } from '../state/server.js'
import { insideAddress } from '../templates/wireguard.js'
import { nodeRefused, nodeUnreachable, rootClosed } from './errors.js'
import { fleetIdentity } from './trust.js'

/** Root of another machine, which `nodes add` and `nodes remove` need. */
export interface Root {
  /** The address from outside. */
  readonly host: string
  readonly way: Way
}

/** Reaches root of a machine that is not known yet, and notes its host key. */
export const rootOfNew = (host: string): Root => ({
  host,
  way: { key: serverPaths.fleetKey, hosts: memberPaths.firstHost, isFirst: true },
})

/** Reaches root of a machine of the fleet, from outside. */
export const rootOfMember = ({ endpoint, number }: { endpoint: string; number: number }): Root => ({
  host: endpoint,
  way: { key: serverPaths.fleetKey, hosts: serverPaths.fleetHosts, knownAs: insideAddress(number) },
})

/**
 * Runs a shell line as root of another machine.
 * @returns its standard output.
 * @throws GatlingError FLEET_ROOT_CLOSED, FLEET_NODE_UNREACHABLE or FLEET_NODE_REFUSED.
 */
export const asRoot = async ({ host, way }: Root, line: string, input = ''): Promise<string> => {
  const { status, stdout, stderr } = await runCommand({ ...toNode(`root@${host}`, way, line), input })
  if (status === 0) return stdout
  const said = `${stderr}${stdout}`.split('\n').filter(text => text !== '')
  if (status !== sshFailed) throw nodeRefused(host, said)
  if (/permission denied/i.test(stderr)) throw rootClosed(host, letInLine(host, await keyLine()))
  throw nodeUnreachable(host, said)
}

/** Unpacks folders of this machine in a folder there. */
export const sendTrees = async ({ host, way }: Root, paths: readonly string[], to: string): Promise<void> => {
  const trees = paths.map(path => ({ folder: dirname(path), name: basename(path) }))
  const there = toNode(`root@${host}`, way, `mkdir -p -m 700 ${to} && tar -xf - -C ${to}`)
  const { status, stderr } = await runCommand(pipeTree(trees, there))
  if (status !== 0) throw nodeRefused(host, stderr.split('\n'))
}

/** Returns the public key of this machine's root, as a line of authorized_keys. */
export const keyLine = async (): Promise<string> => `${await fleetIdentity()} gatling-fleet@${hostname()}`

/** Returns the shell line that a person types to let this machine in. */
const letInLine = (host: string, key: string): string => `echo '${key}' | ssh root@${host} '${letIn}'`

/** Lets the key on standard input in as root (sshd(8), authorized_keys). */
export const letIn =
  'umask 077; mkdir -p ~/.ssh; f=~/.ssh/authorized_keys; [ ! -s $f ] || [ -z "$(tail -c1 $f)" ] || echo >>$f; cat >>$f'

/**
 * Removes the key on standard input from those that root accepts. Nothing else in the file changes. grep fails with 2 on
 * a full disk (grep(1)), and then the file stays.
 */
const shutOut =
  'f=$(readlink -f ~/.ssh/authorized_keys); k=$(cat); cp -p $f $f.gatling && { grep -vF "$k" $f >$f.gatling; [ $? -le 1 ]; } && mv $f.gatling $f || { rm -f $f.gatling; exit 1; }'

/** Takes this machine's key from those that root of another machine accepts. */
export const closeRoot = async (root: Root): Promise<void> => {
  await asRoot(root, shutOut, await fleetIdentity())
}
