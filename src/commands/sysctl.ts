import type { Command } from '../core/host.js'

/** Makes the kernel use the settings in a file (sysctl(8)). */
export const load = (path: string): Command => ({ argv: ['sysctl', '--quiet', '--load', path], quiet: true })
