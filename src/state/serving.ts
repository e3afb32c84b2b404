import * as v from 'valibot'
import type { Live } from '../core/live.js'
import { readApp, readManifest } from './apps.js'
import { readJson } from './json-file.js'
import { isAlive, ownerSchema } from './owner.js'
import { homePaths } from './paths.js'
import { isServerHome, readRegistered } from './server.js'

const servingSchema = v.object({ owner: ownerSchema, port: v.number(), url: v.string() })

/** Reads what the embedded mode of this home wrote about itself. It can have ended since. */
export const readServing = (home: string) => readJson(homePaths(home).serving, servingSchema)

/** Tells whether something runs the apps of this home: embedded mode, or systemd. */
export const isServing = (home: string): boolean => {
  if (isServerHome(home)) return true
  const serving = readServing(home)
  return serving !== null && isAlive(serving.owner)
}

/** Describes a release. */
export const describeLive = ({ release, version, revision }: Live): string =>
  `release ${release} (${version}, ${revision.slice(0, 7)})`

/** Returns the address of an app. @param serving what embedded mode wrote; a caller with many apps reads it once. */
export const publicUrl = (
  home: string,
  project: string,
  domains: readonly string[],
  serving = isServerHome(home) ? null : readServing(home),
): string => {
  const name = publicName(domains)
  if (!isServerHome(home)) return `http://${name}:${serving?.port ?? ''}`
  return readRegistered(project)?.tls?.domains.includes(name) ? `https://${name}` : `http://${name}`
}

/**
 * Finds PHX_HOST of an instance: the name that its release was deployed for. After a rollback of only the code it is
 * the present name, because names and values stayed.
 * @param config the release whose config values it gets.
 */
export const hostNameOf = (home: string, project: string, release: number, config: number): string => {
  const { live } = readApp(home, project)
  return config === release || !live
    ? readManifest(home, project, release).host_name
    : publicName(live.domains)
}

/** Returns the name that people use: the first that is not a wildcard. */
const publicName = (domains: readonly string[]): string =>
  domains.find(name => !name.startsWith('*')) ?? (domains[0] ?? 'localhost').replace('*.', 'www.')
