import { whileLocked } from '../hosts/lock.js'
import { readApp } from './apps.js'
import { type Config, followRollback, readConfig, writeConfig } from './config.js'
import { appPaths } from './paths.js'

/** Changes an app's config values. A change waits for one that is under way, because it would lose the other's values. */
export const changeConfig = (
  home: string,
  project: string,
  changed: (config: Config) => Config,
): Promise<void> => {
  readApp(home, project)
  return whileLocked(appPaths(home, project).configLock, async () => {
    // A rollback must not overwrite values that are set now.
    followRollback(home, project, readApp(home, project).live)
    writeConfig(home, project, changed(readConfig(home, project)))
  })
}
