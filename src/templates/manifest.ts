import type { Env } from '../core/env.js'

/** Returns the path of a release's manifest. */
export const manifestPath = (releaseDir: string): string => `${releaseDir}/gatling.json`

interface Manifest {
  /** The kind of app, which says how it starts. */
  readonly stack: string
  readonly project: string
  readonly release_name: string
  readonly version: string
  readonly revision: string
  /** The repository's own apps. */
  readonly own_apps: readonly string[]
  /** The host part of the app's public address: PHX_HOST. */
  readonly host_name: string
  /** Whether it joins instances of other versions in a cluster. */
  readonly mixed: boolean
}

/** Writes the manifest of a release: all that is needed to start it again. */
export const manifestOf = (env: Env, stack: string): string => {
  const manifest: Manifest = {
    stack,
    project: env.project,
    release_name: env.release_name,
    version: env.version,
    revision: env.revision,
    own_apps: env.own_apps,
    host_name: new URL(env.url).hostname,
    mixed: env.cluster_mixed,
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}
