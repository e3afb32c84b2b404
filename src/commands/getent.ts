import type { Command } from '../core/host.js'

/** The addresses of a name, as any program of this machine finds them: an address first on every line (getent(1)). */
export const addresses = (name: string): Command => ({ argv: ['getent', '--', 'ahosts', name], quiet: true })

export const shadow = (user: string): Command => ({ argv: ['getent', '--', 'shadow', user], quiet: true })
