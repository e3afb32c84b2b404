import { readKeys } from '../access/keys.js'
import { mayDo } from '../access/rights.js'
import { closest } from '../core/suggest.js'
import { isMade, registeredProjects } from '../state/registered.js'
import { serverPaths } from '../state/server.js'
import { createApp } from './apps.js'

/**
 * Makes an app before its first push, for the config values that it needs to boot. A key needs the right to push a new
 * app. If the name is similar to that of another app, it counts as a typing error, and nothing is made.
 * @param key the name of the ssh key that asks; undefined: root, on the server itself.
 * @returns whether the app was made.
 * @throws GatlingError PROJECT_NAME, NAME_LONG or NAME_TAKEN.
 */
export const createForValues = async (project: string, key: string | undefined): Promise<boolean> => {
  const known = registeredProjects().filter(isMade)
  if (known.includes(project) || closest(project, known) !== undefined || !mayCreate(key)) return false
  await createApp(project)
  return true
}

const mayCreate = (name: string | undefined): boolean => {
  if (name === undefined) return true
  const key = readKeys(serverPaths.keys).find(one => one.name === name)
  return key !== undefined && mayDo(key, null, 'server')
}
