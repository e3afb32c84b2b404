import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { credentials, isServer, isServerHome, serverPaths } from './server.js'

/** The one folder that holds everything: GATLING_HOME, else a server's own, else `~/.gatling`. */
export const gatlingHome = (): string =>
  resolve(process.env['GATLING_HOME'] || (isServer() ? serverPaths.home : join(homedir(), '.gatling')))

export interface HomePaths {
  readonly home: string
  readonly apps: string
  readonly services: string
  readonly sites: string
  /** Where embedded mode says that it runs, and on which port. */
  readonly serving: string
  /** Where embedded mode takes orders. */
  readonly socket: string
  /** What `gatling elixir install` has installed, a folder each. */
  readonly elixirs: string
}

export const homePaths = (home: string): HomePaths => ({
  home,
  apps: join(home, 'apps'),
  services: isServerHome(home) ? serverPaths.units : join(home, 'services'),
  sites: isServerHome(home) ? serverPaths.sites : join(home, 'sites'),
  serving: join(home, 'serve.json'),
  socket: join(home, 'serve.sock'),
  elixirs: isServerHome(home) ? serverPaths.elixirs : join(home, 'elixir'),
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
  /** Releases of deploys that failed, for a while. */
  readonly failed: string
  readonly current: string
  readonly config: string
  /** What keeps others from changing them, in the meantime. */
  readonly configLock: string
  /** The values each release was deployed with. */
  readonly configs: string
  readonly state: string
  /** The branch that deploys. */
  readonly branch: string
  readonly runs: string
  readonly log: string
  readonly cache: string
  /** Files of the hot upgrade engine: its orders to the node, the cookie. */
  readonly engine: string
  /** The compiled hot upgrade engine. */
  readonly engines: string
  /** What an instance may write, and its HOME. */
  readonly data: string
  /** Digested static files for the proxy; null: it serves none. */
  readonly public: string | null
  /** Where whoever runs the app takes orders for it. */
  readonly control: string
  readonly service: string
  readonly site: string
}

export const appPaths = (home: string, project: string): AppPaths => {
  const { apps, services, sites, socket } = homePaths(home)
  const server = isServerHome(home)
  const root = join(apps, project)
  const deploy = join(root, 'deploy')
  return {
    root,
    repository: join(root, 'repo.git'),
    gitHook: join(root, 'repo.git', 'hooks', 'proc-receive'),
    build: join(root, 'build'),
    deploy,
    releases: join(deploy, 'releases'),
    failed: join(deploy, 'failed'),
    current: join(deploy, 'current'),
    configLock: server ? serverPaths.lock(`config-${project}`) : join(root, 'config.lock'),
    config: server ? (credentials() ?? serverPaths.config(project)) : join(root, 'config.json'),
    configs: server ? serverPaths.configs(project) : join(root, 'configs'),
    state: statePath(home, project),
    branch: join(root, 'branch.json'),
    runs: join(root, 'runs'),
    log: join(root, 'log', 'app.log'),
    cache: join(root, 'cache'),
    engine: join(root, 'engine'),
    data: server ? join(root, 'data') : deploy,
    // What one app compiled must not run in the node of another.
    engines: server ? join(root, 'engine', 'compiled') : join(home, 'engines'),
    public: server ? serverPaths.public(project) : null,
    control: server ? serverPaths.control(project) : socket,
    service: join(services, server ? `${project}@.service` : `${project}.json`),
    site: join(sites, server ? `${project}.conf` : `${project}.json`),
  }
}
