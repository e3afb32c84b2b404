import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Slot } from '../core/live.js'
import { readJson, writeJson } from './json-file.js'
import { keptBodySchema, limitsSchema, wholeSchema } from './limits.js'
import { serverHome as home } from './server-home.js'

const etc = '/etc/gatling'
const lib = '/usr/local/lib/gatling'

/** Where things are on a server. What is in `/etc/gatling` belongs to root; `apps/<project>` to the app's own user. */
export const serverPaths = {
  etc,
  home,
  lib,
  /** Its being there makes a machine a server. */
  server: join(etc, 'server.json'),
  keys: join(etc, 'keys.json'),
  /** What root knows of an app, and trusts. */
  registered: (project: string): string => join(etc, 'apps', `${project}.json`),
  registry: join(etc, 'apps'),
  config: (project: string): string => join(etc, 'config', `${project}.json`),
  configs: (project: string): string => join(etc, 'configs', project),
  /** What root knows of an app's database. */
  database: (project: string): string => join(etc, 'databases', `${project}.json`),
  databases: join(etc, 'databases'),
  /** The same of the Redis of every app. */
  redises: join(etc, 'redis'),
  /** What root knows of a database's backups, and what PostgreSQL's user reads of it. */
  backups: (project: string): string => join(etc, 'backups', `${project}.json`),
  backupConfig: (project: string): string => join(etc, 'backups', `${project}.conf`),
  /** The same for the storage elsewhere, with its keys, and for that of a database that is brought back. */
  storageConfig: (project: string): string => join(etc, 'backups', `${project}.storage.conf`),
  sourceConfig: (project: string): string => join(etc, 'backups', `${project}.source.conf`),
  /** Where backups go beside this machine. */
  storage: join(etc, 'storage.json'),
  /** Backups and WAL on this machine; the folder is the user postgres's. */
  backupFolder: (project: string): string => join(home, 'backups', project),
  /** What PostgreSQL runs for each WAL segment: `pgbackrest check` wants that word in it. */
  archiveWal: join(lib, 'bin', 'pgbackrest-archive'),
  /** What sends archived WAL to the storage. */
  sendWal: join(lib, 'bin', 'pgbackrest-send'),
  /** The environment of an instance, for systemd. */
  environment: (project: string, slot: Slot): string => join(etc, 'env', `${project}-${slot}`),
  /** What all sites share. */
  shared: '/etc/nginx/conf.d/gatling.conf',
  /** What nginx answered for apps; Debian's logrotate sees to all logs in this folder. */
  answers: '/var/log/nginx/gatling-answers.log',
  /** What apps answered and used, by the minute: only root can read it. */
  metrics: (project: string): string => join(home, 'metrics', 'apps', project),
  metricsFolder: join(home, 'metrics'),
  /** What reads processor and memory of every app. */
  sample: join(lib, 'bin', 'sample'),
  /** Where Debian's node_exporter takes metrics of others from (prometheus-node-exporter(1)). */
  textfiles: '/var/lib/prometheus/node-exporter',
  sites: '/etc/nginx/sites-available',
  enabledSites: '/etc/nginx/sites-enabled',
  units: '/etc/systemd/system',
  scripts: '/etc/init.d',
  sudoers: '/etc/sudoers.d/gatling',
  authorizedKeys: join(home, '.ssh', 'authorized_keys'),
  apps: join(home, 'apps'),
  public: (project: string): string => join(home, 'public', project),
  /** Exists while slot b serves. */
  marker: (project: string): string => join(home, 'route', project),
  acme: join(home, 'acme'),
  /** The audit; it outlives the server. */
  audit: '/var/log/gatling/audit.jsonl',
  control: (project: string): string => `/run/gatling/${project}.sock`,
  /** Where nobody else could hold one. */
  lock: (name: string): string => join('/run/gatling-locks', name),
  /** What a unit is handed besides its command line, which everybody on the machine can read. */
  words: (unit: string): string => join('/run/gatling-words', unit),
  /** The installed program, for units, keys and people. */
  gatling: join(lib, 'bin', 'gatling'),
  /** What ssh runs for a key. */
  sshDoor: join(lib, 'bin', 'ssh-door'),
  /** What sudo lets the deploy user run, and nothing else. */
  enter: join(lib, 'bin', 'enter'),
  package: join(lib, 'package'),
  /** Every Elixir that was installed for the apps. */
  elixirs: join(lib, 'elixir'),
} as const

/** The user that repositories are pushed to. */
export const deployUser = 'gatling'

/** Every app has a user of its own. */
export const userOf = (project: string): string => `gatling-${project}`

/** useradd(8) takes names of at most 32 characters. */
export const longestProject = 32 - userOf('').length

export const isServer = (): boolean => existsSync(serverPaths.server)
/** Root, and not acting for an app. */
export const isRootOfServer = (): boolean =>
  isServer() && process.geteuid?.() === 0 && process.env['GATLING_HOME'] === undefined
export const isServerHome = (path: string): boolean => path === home && isServer()
/** Root of a server, whose apps are kept at `path`: what root knows can be asked directly. */
export const isRootOf = (path: string): boolean => isServerHome(path) && process.geteuid?.() === 0

/** What systemd hands to what runs for an app (systemd.exec(5), LoadCredential): the path of a file; null: nothing. */
const handed = (name: string): string | null => {
  const folder = process.env['CREDENTIALS_DIRECTORY']
  const path = folder === undefined ? null : join(folder, name)
  return path !== null && existsSync(path) ? path : null
}

/** The config values of an app. */
export const credentials = (): string | null => handed('config')

/** The program, with its arguments, that somebody has root run as the app's user. */
export const handedWords = (): readonly string[] => {
  const path = handed('words')
  return (path === null ? null : readJson(path, v.array(v.string()))) ?? []
}

/** Writes them down for systemd. @returns the file's path. */
export const writeWords = (unit: string, words: readonly string[]): string => {
  writeJson(serverPaths.words(unit), words)
  return serverPaths.words(unit)
}

/**
 * Each slot has a port, and its Erlang node has another one. On the disk the node's port has the name of the epmd that had it
 * once. `own` is where the app's own nginx.conf reaches the app.
 */
const portsSchema = v.pipe(
  v.object({
    a: v.number(),
    b: v.number(),
    epmd_a: v.number(),
    epmd_b: v.number(),
    own: v.number(),
  }),
  v.transform(({ epmd_a: node_a, epmd_b: node_b, ...others }) => ({ ...others, node_a, node_b })),
)
const storedPorts = ({ node_a: epmd_a, node_b: epmd_b, ...others }: Registered['ports']) => ({
  ...others,
  epmd_a,
  epmd_b,
})

const registeredSchema = v.object({
  project: v.string(),
  ports: portsSchema,
  /** What nginx was last told; null before the first deploy. */
  site: v.nullable(
    v.object({
      domains: v.array(v.string()),
      own: v.nullable(v.string()),
      max_body: keptBodySchema,
      /** nginx serves the app's files, and no process of it answers. */
      files: v.optional(v.literal(true)),
    }),
  ),
  /** Set by `gatling tls enable`. */
  tls: v.nullable(v.object({ email: v.string(), domains: v.array(v.string()) })),
  /** It was unloaded: what is left of it is removed before anything else is done for it. */
  forgotten: v.optional(v.literal(true)),
  drain_ms: wholeSchema,
  limits: limitsSchema,
  build: limitsSchema,
})

/** What root knows of an app. */
export type Registered = v.InferOutput<typeof registeredSchema>

export const readRegistered = (project: string): Registered | null =>
  readJson(serverPaths.registered(project), registeredSchema)

/** Root's own; the app's user may read it, and no other app. */
export const writeRegistered = (registered: Registered): void => {
  const { project, ports } = registered
  const folder = statSync(join(serverPaths.apps, project), { throwIfNoEntry: false })
  const stored = { ...registered, ports: storedPorts(ports) }
  writeJson(serverPaths.registered(project), stored, 0o640, folder?.gid ?? 0)
}
