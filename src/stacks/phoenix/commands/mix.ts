import type { Env } from '../../../core/env.js'
import type { Command, TaskRunner } from '../../../core/host.js'
import { ownFile } from '../../../core/own-file.js'

/** Runs `mix <task>` in the app's checkout, for production. */
const mix = (env: Env, ...argv: readonly string[]): Command => ({
  argv: ['mix', ...argv],
  cwd: env.build_dir,
  env: { MIX_ENV: 'prod' },
})

/** Runs a task in the VM that a push shares among its tasks, as `mix do` would. */
const inSharedVm = (env: Env, ...argv: readonly string[]): Command => ({
  ...mix(env, ...argv),
  runner: oneVm(false),
})

/** Returns a VM for mix tasks. */
export const oneVm = (isLast: boolean): TaskRunner => ({
  argv: ['elixir', ownFile('elixir/mix_tasks.exs')],
  isLast,
})

export const depsGet = (env: Env): Command => inSharedVm(env, 'deps.get', '--only', 'prod')

/** Compiles the app. `deps.compile` would run rebar3 for each of its dependencies on every deploy. */
export const compile = (env: Env): Command => inSharedVm(env, 'compile')

export const task = (env: Env, name: string): Command => inSharedVm(env, name)

/** How many versions of a static file stay in the checkout, and for how long, for pages that are still open. */
const keptVersions = 20
const keptSeconds = 30 * 24 * 3600

/** Digests static files and removes old versions, in one VM. Every Elixir knows the comma of `mix do`. */
export const digest = (env: Env, name: string): Command =>
  inSharedVm(
    env,
    ...['do', `${name},`, 'phx.digest.clean'],
    ...['--age', String(keptSeconds), '--keep', String(keptVersions)],
  )

/**
 * Builds the release. Without `--overwrite` mix asks, gets no answer, builds nothing and ends with 0. The command names
 * the release only if mix.exs defines it: mix knows no name for its default release.
 */
export const release = (env: Env): Command => {
  const name = env.mix_releases.includes(env.release_name) ? [env.release_name] : []
  const argv = ['release', ...name, '--quiet', '--overwrite', '--path', env.built_release_path]
  return { ...mix(env, ...argv), runner: oneVm(true) }
}

/** Sets up the database. The seeds can start the app, so the command gets its port. */
export const ectoSetup = (env: Env): Command => ({
  ...mix(env, 'ecto.setup'),
  env: { MIX_ENV: 'prod', PORT: String(env.available_port) },
})
