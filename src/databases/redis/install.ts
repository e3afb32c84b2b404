import { existsSync } from 'node:fs'
import * as apt from '../../commands/apt.js'
import * as systemd from '../../commands/systemd.js'
import type { Action } from '../../core/action.js'
import { runCommand } from '../../hosts/capture.js'
import { must } from '../../hosts/must.js'
import type { Redis } from '../../state/redis.js'

type Program = Redis['program']

export const serverProgram = (program: Program): string => `/usr/bin/${program}-server`
export const clientProgram = (program: Program): string => `/usr/bin/${program}-cli`

/** Returns which of the two the machine has; null: neither. */
export const installedProgram = (): Program | null =>
  (['valkey', 'redis'] as const).find(
    program => existsSync(serverProgram(program)) && existsSync(clientProgram(program)),
  ) ?? null

/** Installs Valkey from the system's packages, or Redis if they have no Valkey. It stays when the rest fails. */
export const installRedis: Action = {
  name: 'install_redis',
  isMade: () => installedProgram() !== null,
  run: async () => {
    await must(apt.update)
    const { status } = await runCommand(apt.known('valkey-server'))
    const name = status === 0 ? 'valkey-server' : 'redis-server'
    // Debian's package starts a server for everybody, without a password. A masked unit does not start.
    await must(systemd.mask(`${name}.service`))
    await must(apt.install([name]))
  },
}
