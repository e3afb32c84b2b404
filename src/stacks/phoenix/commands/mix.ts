import type { Env } from '../../../core/env.js'
import type { Command, TaskRunner } from '../../../core/host.js'
import { ownFile } from '../../../core/own-file.js'

/** `mix <task>` in the app's checkout, for production. */
const mix = (env: Env, ...argv: readonly string[]): Command => ({
  argv: ['mix', ...argv],
  cwd: env.build_dir,
  env: { MIX_ENV: 'prod' },
})

/** Tasks that a push runs one after the other: in one VM, as `mix do` would. */
const oneOfMore = (env: Env, ...argv: readonly string[]): Command => ({
  ...mix(env, ...argv),
  runner: oneVm(false),
})

/** A VM for mix tasks. */
export const oneVm = (isLast: boolean): TaskRunner => ({
  argv: ['elixir', ownFile('elixir/mix_tasks.exs')],
  isLast,
})

export const depsGet = (env: Env): Command => oneOfMore(env, 'deps.get', '--only', 'prod')

/** Not `deps.compile`: that runs rebar3 for each of its dependencies on every deploy. */
export const compile = (env: Env): Command => oneOfMore(env, 'compile')

export const task = (env: Env, name: string): Command => oneOfMore(env, name)

/** How many versions of a static file stay in the checkout, and for how long, for pages that are still open. */
const keptVersions = 20
const keptSeconds = 30 * 24 * 3600

/** Phoenix drops what is older, or more; in the same VM, with the comma that every Elixir knows. */
export const digest = (env: Env, name: string): Command =>
  oneOfMore(
    env,
    ...['do', `${name},`, 'phx.digest.clean'],
    ...['--age', String(keptSeconds), '--keep', String(keptVersions)],
  )

/**
 * `--overwrite`, because without it mix asks, gets no answer, builds nothing and ends with 0.
 * The release is named only where mix.exs defines it: mix knows the one it makes up by no name.
 */
export const release = (env: Env): Command => {
  const name = env.mix_releases.includes(env.release_name) ? [env.release_name] : []
  const argv = ['release', ...name, '--quiet', '--overwrite', '--path', env.built_release_path]
  return { ...mix(env, ...argv), runner: oneVm(true) }
}

/** The seeds may start the app, so it gets its port. */
export const ectoSetup = (env: Env): Command => ({
  ...mix(env, 'ecto.setup'),
  env: { MIX_ENV: 'prod', PORT: String(env.available_port) },
})
