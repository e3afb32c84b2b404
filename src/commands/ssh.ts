import type { Command } from '../core/host.js'

/**
 * A command line for the other machine, by the system's ssh, with all that the user's own configuration says.
 * @param shell how git was told to call ssh, for a shell to read (git-config(1), core.sshCommand); null: it was not.
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
 * A line to the other machine that later commands share (ssh_config(5), ControlMaster). It goes to the background once it is
 * let in, so that ssh can ask for a passphrase before, and ends a minute after the last command.
 * @param shell how git was told to call ssh; null: it was not.
 * @param socket a path in a folder that nobody else can enter.
 */
export const shared = (shell: string | null, socket: string): string =>
  `${shell ?? 'ssh'} -o ControlMaster=auto -o ControlPersist=60 -o ControlPath=${socket}`

/** Options for what runs unseen: nobody can answer it, and a server that is gone must not hold it. */
export const unseen = '-o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=10'

/** Opens such a line, at the terminal. */
export const openShared = (
  { destination, port }: { readonly destination: string; readonly port: string | null },
  shell: string,
): Command => {
  const words = [...(port === null ? [] : ['-p', port]), '-N', '-f', '--', destination]
  return { argv: ['sh', '-c', `${shell} "$@"`, shell, ...words], quiet: true }
}

/** Ends it. */
export const closeShared = (destination: string, socket: string): Command => ({
  argv: ['ssh', '-o', `ControlPath=${socket}`, '-O', 'exit', '--', destination],
  quiet: true,
})
