import { running } from '../../stacks/stacks.js'
import { changeConfig } from '../../state/change-config.js'
import { changeKept, plainValues, readConfig, setValues, unsetValues } from '../../state/config.js'
import { serverPaths } from '../../state/server.js'

const key = 'REDIS_URL'

/** The REDIS_URL of an app. null: none is set. */
export const readUrl = (project: string): string | null =>
  plainValues(readConfig(serverPaths.home, project))[key] ?? null

/**
 * Sets it as a secret config value, which the next deploy takes. The values that releases were deployed with get it, too:
 * a rollback must not bring back the address of a Redis that is gone.
 */
export const writeUrl = async (project: string, url: string): Promise<void> => {
  const { home } = serverPaths
  await changeConfig(home, project, config => setValues(config, new Map([[key, url]]), true, running.values))
  changeKept(home, project, config => {
    const kept = config.values[key]?.value
    return kept !== undefined && placeIn(kept) === placeIn(url)
      ? setValues(config, new Map([[key, url]]), true, running.values)
      : config
  })
}

/** An address without its password. */
const placeIn = (url: string): string => url.replace(/^redis:\/\/:[\w-]*@/, '')

export const removeUrl = (project: string): Promise<void> =>
  changeConfig(serverPaths.home, project, config =>
    config.values[key] === undefined ? config : unsetValues(config, [key], running.values),
  )
