import type { Command } from '../core/host.js'

/**
 * Prints the addresses of a name, as programs of this machine find them. Each line begins with an address (getent(1)).
 */
export const addresses = (name: string): Command => ({ argv: ['getent', '--', 'ahosts', name], quiet: true })

export const shadow = (user: string): Command => ({ argv: ['getent', '--', 'shadow', user], quiet: true })
