import { existsSync } from 'node:fs'
import { jsonNames } from './json-file.js'
import { statePath } from './paths.js'
import { isServerHome, readRegistered, serverPaths } from './server.js'

/** Lists the apps that root knows. */
export const registeredProjects = (): readonly string[] => jsonNames(serverPaths.registry)

/** Tells whether an app was completely made. Its state is the last part. */
export const isMade = (project: string): boolean => {
  const known = readRegistered(project)
  return known !== null && !known.forgotten && existsSync(statePath(serverPaths.home, project))
}

/** Returns the names of the other machines of the fleet that have an app, as the lead knows them. */
export const nodesOf = (home: string, project: string): readonly string[] =>
  (isServerHome(home) ? readRegistered(project)?.nodes : null) ?? []
