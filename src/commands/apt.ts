import type { Command } from '../core/host.js'

const env = { DEBIAN_FRONTEND: 'noninteractive' }

/** Prints whether a package is installed (dpkg-query(1)). */
export const status = (name: string): Command => ({
  argv: ['dpkg-query', '--show', `--showformat=\${Status}`, name],
  quiet: true,
})

export const update: Command = { argv: ['apt-get', '-qq', 'update'], env, quiet: true }

/** Installs packages. It waits if another apt holds the lock, such as the first updates of a new machine. */
export const install = (names: readonly string[]): Command => ({
  argv: [
    'apt-get',
    ...['-qq', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'],
    ...['install', ...names],
  ],
  env,
  quiet: true,
})

/** Succeeds if the sources have a package (apt-cache(8)). */
export const known = (name: string): Command => ({ argv: ['apt-cache', 'show', name], quiet: true })
