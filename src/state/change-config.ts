import { whileLocked } from '../hosts/lock.js'
import { readApp } from './apps.js'
import { type Config, followRollback, readConfig, writeConfig } from './config.js'
import { appPaths } from './paths.js'

/** Changes an app's config values under a lock, so that no simultaneous change is lost. */
export const changeConfig = (
  home: string,
  project: string,
  changed: (config: Config) => Config,
): Promise<void> => {
  readApp(home, project)
  return whileLocked(appPaths(home, project).configLock, async () => {
    // The rollback is followed first, so that it cannot overwrite the new values later.
    followRollback(home, project, readApp(home, project).live)
    writeConfig(home, project, changed(readConfig(home, project)))
  })
}
