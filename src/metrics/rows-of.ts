import { appPaths } from '../state/paths.js'
import { registeredProjects } from '../state/registered.js'
import { isRootOf, serverPaths } from '../state/server.js'
import { foldedRows, type Rows, type Sources } from './fold.js'
import { readRows } from './store.js'

/** Returns the files of a server's metrics, which root can read. */
export const serverSources = (): Sources => ({
  answers: serverPaths.answers,
  samples: `${serverPaths.metricsFolder}/samples`,
  position: `${serverPaths.metricsFolder}/position.json`,
  lock: serverPaths.lock('metrics'),
  projects: registeredProjects,
  folderOf: serverPaths.metrics,
})

/**
 * Reads the rows of apps from a time until now; in embedded mode until some seconds ago.
 * @param from in minutes since 1970; 0: all that was ever counted.
 */
export const rowsOf = async (home: string, projects: readonly string[], from: number): Promise<Rows> =>
  isRootOf(home)
    ? foldedRows(serverSources(), projects, from)
    : new Map(projects.map(project => [project, readRows(appPaths(home, project).metrics, from)]))
