import type { Command } from '../core/host.js'

/** Evaluates mix.exs in a VM of its own and writes what it says to a file. */
export const inspectProject = (script: string, buildDir: string, output: string): Command => ({
  argv: ['elixir', script, output],
  cwd: buildDir,
  env: { MIX_ENV: 'prod' },
  quiet: true,
})
