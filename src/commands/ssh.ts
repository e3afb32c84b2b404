import type { Command } from '../core/host.js'

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

/**
 * Runs a command line on another machine of the fleet. Only this key is offered, and only the host key that was noted
 * when the machine was added is accepted. A machine that is silent for 5 s is given up.
 */
export const toNode = (
  host: string,
  { key, hosts }: { readonly key: string; readonly hosts: string },
  line: string,
): Command => {
  const options = {
    IdentityFile: key,
    IdentitiesOnly: 'yes',
    UserKnownHostsFile: hosts,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    BatchMode: 'yes',
    LogLevel: 'ERROR',
    ConnectTimeout: '5',
    ServerAliveInterval: '1',
    ServerAliveCountMax: '5',
  }
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  return { argv: ['ssh', '-F', 'none', ...words, '-T', '--', host, line], quiet: true }
}
