import type { Command } from '../core/host.js'

/** Runs a command as the user nobody, without any right of this process (setpriv(1)). */
export const asNobody = (command: Command): Command => ({
  ...command,
  argv: [
    'setpriv',
    ...['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', '--inh-caps=-all'],
    ...command.argv,
  ],
})
