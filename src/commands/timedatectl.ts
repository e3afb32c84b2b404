import type { Command } from '../core/host.js'

/** Prints whether the clock is synchronised: `yes` or `no` (timedatectl(1)). */
export const isSynchronised: Command = {
  argv: ['timedatectl', 'show', '--property=NTPSynchronized', '--value'],
  quiet: true,
}
