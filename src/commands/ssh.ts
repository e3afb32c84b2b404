import type { Command } from '../core/host.js'

/** The status of ssh for its own errors (ssh(1)). */
export const sshFailed = 255

/**
 * Runs a command line on another machine by the system's ssh, with the user's own configuration.
 * @param shell how git calls ssh, as a shell line (git-config(1), core.sshCommand); null: it is not configured.
 */
export const ssh = (
  {
    destination,
    port,
    shell,
  }: { readonly destination: string; readonly port: string | null; readonly shell: string | null },
  line: string,
  terminal: boolean,
): Command => {
  const words = [...(port === null ? [] : ['-p', port]), terminal ? '-t' : '-T', '--', destination, line]
  return {
    argv: shell === null ? ['ssh', ...words] : ['sh', '-c', `${shell} "$@"`, shell, ...words],
    quiet: true,
  }
}

/**
 * Returns how to call ssh with a connection that later commands share (ssh_config(5), ControlMaster). It goes to the
 * background after the login, so that ssh can first ask for a passphrase. It ends a minute after the last command.
 * @param shell how git calls ssh; null: it is not configured.
 * @param socket a path in a folder that nobody else can enter.
 */
export const shared = (shell: string | null, socket: string): string =>
  `${shell ?? 'ssh'} -o ControlMaster=auto -o ControlPersist=60 -o ControlPath=${socket}`

/** Options for commands without a terminal: nobody can answer a question, and a dead server must not block them. */
export const unseen = '-o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=10'

/** Opens such a connection, at the terminal. */
export const openShared = (
  { destination, port }: { readonly destination: string; readonly port: string | null },
  shell: string,
): Command => {
  const words = [...(port === null ? [] : ['-p', port]), '-N', '-f', '--', destination]
  return { argv: ['sh', '-c', `${shell} "$@"`, shell, ...words], quiet: true }
}

/** Ends the connection. */
export const closeShared = (destination: string, socket: string): Command => ({
  argv: ['ssh', '-o', `ControlPath=${socket}`, '-O', 'exit', '--', destination],
  quiet: true,
})

/** Makes a key pair without a passphrase. The public key is in `<path>.pub` (ssh-keygen(1)). */
export const newKey = (path: string): Command => ({
  argv: ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'gatling-fleet', '-f', path],
  quiet: true,
})

/** Prints the fingerprints of the keys in a file. */
export const fingerprints = (path: string): Command => ({
  argv: ['ssh-keygen', '-l', '-f', path],
  quiet: true,
})

/** How one machine of a fleet reaches another. */
export interface Way {
  readonly key: string
  readonly hosts: string
  /** Accepts the host key of a machine that `hosts` does not have, and notes it there. */
  readonly isFirst?: boolean
  /** The name that `hosts` has the machine by, if that is not the address. */
  readonly knownAs?: string
}

/**
 * Runs a command line on another machine of the fleet. Only this key is offered, and only the host key that was noted
 * when the machine was added is accepted. A machine that is silent for 5 s is given up.
 */
export const toNode = (host: string, { key, hosts, isFirst, knownAs }: Way, line: string): Command => {
  const options = {
    IdentityFile: key,
    IdentitiesOnly: 'yes',
    UserKnownHostsFile: hosts,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: isFirst ? 'accept-new' : 'yes',
    ...(knownAs === undefined ? {} : { HostKeyAlias: knownAs }),
    BatchMode: 'yes',
    LogLevel: 'ERROR',
    ConnectTimeout: '5',
    ServerAliveInterval: '1',
    ServerAliveCountMax: '5',
  }
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  return { argv: ['ssh', '-F', 'none', ...words, '-T', '--', host, line], quiet: true }
}
