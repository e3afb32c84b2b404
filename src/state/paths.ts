import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { credentials, isServer, isServerHome, serverPaths } from './server.js'

/** Returns the folder of everything: GATLING_HOME, or a server's home, or else `~/.gatling`. */
export const gatlingHome = (): string =>
  resolve(process.env['GATLING_HOME'] || (isServer() ? serverPaths.home : join(homedir(), '.gatling')))

export interface HomePaths {
  readonly home: string
  readonly apps: string
  readonly services: string
  readonly sites: string
  /** The file in which embedded mode writes that it runs, and its port. */
  readonly serving: string
  /** The socket of embedded mode. */
  readonly socket: string
  /** The Elixirs of `gatling elixir install`, one folder each. */
  readonly elixirs: string
}

export const homePaths = (home: string): HomePaths => ({
  home,
  apps: `${home}/apps`,
  services: isServerHome(home) ? serverPaths.units : `${home}/services`,
  sites: isServerHome(home) ? serverPaths.sites : `${home}/sites`,
  serving: `${home}/serve.json`,
  socket: `${home}/serve.sock`,
  elixirs: isServerHome(home) ? serverPaths.elixirs : `${home}/elixir`,
})

/** Returns an app's state file. An app is loaded if this file exists. */
export const statePath = (home: string, project: string): string => `${home}/apps/${project}/state.json`

export interface AppPaths {
  readonly root: string
  readonly repository: string
  readonly gitHook: string
  readonly build: string
  readonly deploy: string
  readonly releases: string
  /** Releases of failed deploys, which are kept for a while. */
  readonly failed: string
  readonly current: string
  readonly config: string
  /** The lock for changes of config values. */
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
  /** The HOME of an instance, which it can write. */
  readonly data: string
  /** Digested static files for the proxy; null: it serves none. */
  readonly public: string | null
  /** The files of an app without processes, in a folder for each slot. */
  readonly files: string
  /** The metrics, by the minute. */
  readonly metrics: string
  /** The socket where the keeper takes calls for the app. */
  readonly control: string
  readonly service: string
  readonly site: string
}

/** Returns the paths of an app. It does not use `join`, because `gatling status` asks for thousands of paths. */
export const appPaths = (home: string, project: string): AppPaths => {
  const { apps, services, sites, socket } = homePaths(home)
  const server = isServerHome(home)
  const root = `${apps}/${project}`
  const deploy = `${root}/deploy`
  return {
    root,
    repository: `${root}/repo.git`,
    gitHook: `${root}/repo.git/hooks/proc-receive`,
    build: `${root}/build`,
    deploy,
    releases: `${deploy}/releases`,
    failed: `${deploy}/failed`,
    current: `${deploy}/current`,
    configLock: server ? serverPaths.lock(`config-${project}`) : `${root}/config.lock`,
    config: server ? (credentials() ?? serverPaths.config(project)) : `${root}/config.json`,
    configs: server ? serverPaths.configs(project) : `${root}/configs`,
    state: statePath(home, project),
    branch: `${root}/branch.json`,
    runs: `${root}/runs`,
    log: `${root}/log/app.log`,
    cache: `${root}/cache`,
    engine: `${root}/engine`,
    data: server ? `${root}/data` : deploy,
    // Code that one app compiled must not run in the node of another.
    engines: server ? `${root}/engine/compiled` : `${home}/engines`,
    public: server ? serverPaths.public(project) : null,
    files: server ? serverPaths.public(project) : `${deploy}/public`,
    metrics: server ? serverPaths.metrics(project) : `${root}/metrics`,
    control: server ? serverPaths.control(project) : socket,
    service: server ? `${services}/${project}@.service` : `${services}/${project}.json`,
    site: server ? `${sites}/${project}.conf` : `${sites}/${project}.json`,
  }
}
