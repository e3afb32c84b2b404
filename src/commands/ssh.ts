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
