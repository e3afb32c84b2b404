import type { Command } from '../core/host.js'

const quiet = (...argv: [string, ...string[]]): Command => ({ argv, quiet: true })

/** Prints a new private key (wg(8)). */
export const newKey = quiet('wg', 'genkey')

/** Prints the public key of a private key. */
export const publicKey = (key: string): Command => ({ ...quiet('wg', 'pubkey'), input: key })

/**
 * Gives a running device its changed configuration. Connections to machines that stay go on (wg(8), syncconf). The
 * program can read a pipe, but not a socket, which Node.js would give it.
 */
export const sync = (device: string): Command =>
  quiet('sh', '-c', 'wg-quick strip "$0" | wg syncconf "$0" /dev/stdin', device)

/** Prints the public key of each other machine, and the time of its last handshake in epoch seconds; 0: none. */
export const handshakes = (device: string): Command => quiet('wg', 'show', device, 'latest-handshakes')

/** Succeeds if the kernel has WireGuard: makes a device, and removes it. */
export const isInKernel = quiet(
  'sh',
  '-c',
  'ip link add gatling-try type wireguard && ip link del gatling-try',
)
