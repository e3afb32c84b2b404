import type { Command } from '../core/host.js'

export const exists = (user: string): Command => ({ argv: ['getent', 'passwd', user], quiet: true })

/** Makes a user that nobody can log in as (useradd(8)). */
export const add = (user: string, home: string, shell: string): Command => ({
  argv: [
    'useradd',
    ...['--system', '--user-group', '--no-create-home'],
    ...['--home-dir', home, '--shell', shell, user],
  ],
  quiet: true,
})

export const remove = (user: string): Command => ({ argv: ['userdel', user], quiet: true })

/** Ends a user's logins (loginctl(1)). */
export const terminate = (user: string): Command => ({
  argv: ['loginctl', 'terminate-user', user],
  quiet: true,
})

/** Changes the owner of paths; of a link itself, not of its target. */
export const own = (user: string, ...paths: readonly string[]): Command => ({
  argv: ['chown', '-h', `${user}:${user}`, '--', ...paths],
  quiet: true,
})

/** Prints the names of a user's groups, the primary group first (id(1)). */
export const groups = (user: string): Command => ({ argv: ['id', '-Gn', user], quiet: true })
