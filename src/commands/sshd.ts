import type { Command } from '../core/host.js'

/** What sshd's configuration comes to for a user, `keyword values` a line (sshd(8)). */
export const effective = (user: string): Command => ({
  argv: ['sshd', '-T', '-C', `user=${user},host=localhost,addr=127.0.0.1`],
  quiet: true,
})
