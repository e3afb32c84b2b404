import { existsSync } from 'node:fs'
import { jsonNames } from './json-file.js'
import { statePath } from './paths.js'
import { readRegistered, serverPaths } from './server.js'

/** Lists the apps that root knows. */
export const registeredProjects = (): readonly string[] => jsonNames(serverPaths.registry)

/** Tells whether an app was completely made. Its state is the last part. */
export const isMade = (project: string): boolean => {
  const known = readRegistered(project)
  return known !== null && !known.forgotten && existsSync(statePath(serverPaths.home, project))
}
