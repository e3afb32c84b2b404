import { existsSync, readdirSync } from 'node:fs'
import { statePath } from './paths.js'
import { readRegistered, serverPaths } from './server.js'

/** Lists the apps that root knows. */
export const registeredProjects = (): string[] =>
  existsSync(serverPaths.registry)
    ? readdirSync(serverPaths.registry)
        .filter(name => name.endsWith('.json'))
        .map(name => name.slice(0, -'.json'.length))
        .sort()
    : []

/** Tells whether an app was completely made. Its state is the last part. */
export const isMade = (project: string): boolean => {
  const known = readRegistered(project)
  return known !== null && !known.forgotten && existsSync(statePath(serverPaths.home, project))
}
