import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The one folder that holds everything: GATLING_HOME, else `~/.gatling`. */
export const gatlingHome = (): string => resolve(process.env['GATLING_HOME'] || join(homedir(), '.gatling'))

export interface HomePaths {
  readonly home: string
  readonly apps: string
  readonly services: string
  readonly sites: string
  /** Where embedded mode says that it runs, and on which port. */
  readonly serving: string
  /** Where embedded mode takes orders. */
  readonly socket: string
  /** The compiled hot upgrade engine. */
  readonly engines: string
}

export const homePaths = (home: string): HomePaths => ({
  home,
  apps: join(home, 'apps'),
  services: join(home, 'services'),
  sites: join(home, 'sites'),
  serving: join(home, 'serve.json'),
  socket: join(home, 'serve.sock'),
  engines: join(home, 'engines'),
})

/** An app's state file; an app is loaded when it is there. */
export const statePath = (home: string, project: string): string => join(home, 'apps', project, 'state.json')

export interface AppPaths {
  readonly root: string
  readonly repository: string
  readonly gitHook: string
  readonly build: string
  readonly deploy: string
  readonly releases: string
  readonly current: string
  readonly config: string
  readonly state: string
  readonly runs: string
  readonly log: string
  readonly cache: string
  /** Files of the hot upgrade engine: its orders to the node, the cookie. */
  readonly engine: string
  readonly service: string
  readonly site: string
}

export const appPaths = (home: string, project: string): AppPaths => {
  const { apps, services, sites } = homePaths(home)
  const root = join(apps, project)
  const deploy = join(root, 'deploy')
  return {
    root,
    repository: join(root, 'repo.git'),
    gitHook: join(root, 'repo.git', 'hooks', 'proc-receive'),
    build: join(root, 'build'),
    deploy,
    releases: join(deploy, 'releases'),
    current: join(deploy, 'current'),
    config: join(root, 'config.json'),
    state: statePath(home, project),
    runs: join(root, 'runs'),
    log: join(root, 'log', 'app.log'),
    cache: join(root, 'cache'),
    engine: join(root, 'engine'),
    service: join(services, `${project}.json`),
    site: join(sites, `${project}.json`),
  }
}
