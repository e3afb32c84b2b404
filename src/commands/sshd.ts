import type { Command } from '../core/host.js'

/** Prints sshd's effective configuration for a user, one `keyword values` a line (sshd(8)). */
export const effective = (user: string): Command => ({
  argv: ['sshd', '-T', '-C', `user=${user},host=localhost,addr=127.0.0.1`],
  quiet: true,
})
