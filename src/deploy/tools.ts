import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** What says which Elixir and Erlang an app wants, to mise and asdf. */
const wishes = ['.tool-versions', 'mise.toml', '.mise.toml']

/** Where their shims are: programs that look into the folder they are started in, and run what it wishes for. */
const shims = (home: string): string[] => [
  join(home, '.local', 'share', 'mise', 'shims'),
  join(home, '.asdf', 'shims'),
  '/usr/local/share/mise/shims',
  '/opt/asdf/shims',
]

/**
 * The environment of a build with the app's own Elixir first on the PATH: that of `[build] path`, else that of mise or asdf
 * where the app says what it wants, else the machine's.
 */
export const withTools = (
  environment: NodeJS.ProcessEnv,
  buildDir: string,
  path: string | null,
): NodeJS.ProcessEnv => {
  const wished = wishes.some(file => existsSync(join(buildDir, file)))
  const found = wished ? shims(environment['HOME'] ?? '').filter(folder => existsSync(folder)) : []
  const first = path === null ? found : [path]
  return first.length === 0
    ? environment
    : { ...environment, PATH: [...first, environment['PATH'] ?? ''].join(':') }
}
