import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Slot } from '../core/live.js'
import { readJson, writeJson } from './json-file.js'
import { keptBodySchema, limitsSchema, wholeSchema } from './limits.js'
import { serverHome as home } from './server-home.js'

const etc = '/etc/gatling'
const lib = '/usr/local/lib/gatling'

/** The paths of a server. `/etc/gatling` belongs to root, `apps/<project>` to the app's own user. */
export const serverPaths = {
  etc,
  home,
  lib,
  /** The file that makes a machine a server. */
  server: join(etc, 'server.json'),
  /** The machines of the fleet; no file: there is no fleet. */
  fleet: join(etc, 'fleet.json'),
  /** The setting of the kernel that a fleet needs for nginx. */
  earlyListening: '/etc/sysctl.d/60-gatling-fleet.conf',
  /** The key with which this machine's root asks the other machines, and their host keys. */
  fleetKey: join(etc, 'fleet', 'key'),
  fleetHosts: join(etc, 'fleet', 'known_hosts'),
  /** The certificate of an app, and its key, as the lead sent them. */
  fleetCertificate: (project: string): string => join(etc, 'fleet', 'certificates', project),
  /** The folder of the socket that the app's seats on this machine connect to. The container of a seat has it. */
  seatFolder: (project: string): string => join('/run/gatling-seats', project),
  /** A file that exists while this machine must run an instance of an app with seats. A reboot removes it. */
  held: (project: string): string => join('/run/gatling-held', project),
  /** The addresses of an app's instances in the fleet, by name (hosts(5)). */
  names: (project: string): string => join(etc, 'names', project),
  namesFolder: join(etc, 'names'),
  keys: join(etc, 'keys.json'),
  /** What root knows about an app, and trusts. */
  registered: (project: string): string => join(etc, 'apps', `${project}.json`),
  registry: join(etc, 'apps'),
  config: (project: string): string => join(etc, 'config', `${project}.json`),
  configs: (project: string): string => join(etc, 'configs', project),
  /** Root's record of an app's database. */
  database: (project: string): string => join(etc, 'databases', `${project}.json`),
  databases: join(etc, 'databases'),
  /** Root's records of the Redis of every app. */
  redises: join(etc, 'redis'),
  /** Root's record of a database's backups, and the configuration that PostgreSQL's user reads. */
  backups: (project: string): string => join(etc, 'backups', `${project}.json`),
  backupConfig: (project: string): string => join(etc, 'backups', `${project}.conf`),
  /** The configuration for the storage, with its keys, and for the storage that a database is restored from. */
  storageConfig: (project: string): string => join(etc, 'backups', `${project}.storage.conf`),
  sourceConfig: (project: string): string => join(etc, 'backups', `${project}.source.conf`),
  /** The storage for backups, outside this machine. */
  storage: join(etc, 'storage.json'),
  /** Backups and WAL on this machine. The folder belongs to the user postgres. */
  backupFolder: (project: string): string => join(home, 'backups', project),
  /** The program that PostgreSQL runs for each WAL segment. `pgbackrest check` requires its name in it. */
  archiveWal: join(lib, 'bin', 'pgbackrest-archive'),
  /** The program that sends archived WAL to the storage. */
  sendWal: join(lib, 'bin', 'pgbackrest-send'),
  /** The environment of an instance, for systemd. */
  environment: (project: string, slot: Slot): string => join(etc, 'env', `${project}-${slot}`),
  /** nginx's settings that all sites share. */
  shared: '/etc/nginx/conf.d/gatling.conf',
  /** nginx's log of answers for apps. Debian's logrotate rotates all logs in this folder. */
  answers: '/var/log/nginx/gatling-answers.log',
  /** The metrics of an app, by the minute. Only root can read them. */
  metrics: (project: string): string => join(home, 'metrics', 'apps', project),
  metricsFolder: join(home, 'metrics'),
  /** The script that reads processor and memory of every app. */
  sample: join(lib, 'bin', 'sample'),
  /** The folder from which Debian's node_exporter takes other metrics (prometheus-node-exporter(1)). */
  textfiles: '/var/lib/prometheus/node-exporter',
  sites: '/etc/nginx/sites-available',
  enabledSites: '/etc/nginx/sites-enabled',
  units: '/etc/systemd/system',
  scripts: '/etc/init.d',
  sudoers: '/etc/sudoers.d/gatling',
  authorizedKeys: join(home, '.ssh', 'authorized_keys'),
  apps: join(home, 'apps'),
  public: (project: string): string => join(home, 'public', project),
  /** A file that exists while slot b is live. */
  marker: (project: string): string => join(home, 'route', project),
  acme: join(home, 'acme'),
  /** The audit. It stays after teardown. */
  audit: '/var/log/gatling/audit.jsonl',
  control: (project: string): string => `/run/gatling/${project}.sock`,
  /** A lock, in a folder where only root can take it. */
  lock: (name: string): string => join('/run/gatling-locks', name),
  /** Words that a unit gets in a file, because everybody on the machine can read its command line. */
  words: (unit: string): string => join('/run/gatling-words', unit),
  /** The installed program, for units, keys and people. */
  gatling: join(lib, 'bin', 'gatling'),
  /** The program that ssh runs for a key. */
  sshDoor: join(lib, 'bin', 'ssh-door'),
  /** The only program that the deploy user can run by sudo. */
  enter: join(lib, 'bin', 'enter'),
  package: join(lib, 'package'),
  /** Every Elixir that was installed for the apps. */
  elixirs: join(lib, 'elixir'),
} as const

/** The user that repositories are pushed to. */
export const deployUser = 'gatling'

/** Returns the unix user of an app. */
export const userOf = (project: string): string => `gatling-${project}`

/** The longest name of a project: useradd(8) accepts names of at most 32 characters. */
export const longestProject = 32 - userOf('').length

export const isServer = (): boolean => existsSync(serverPaths.server)
/** Tells whether this process is root of a server, and does not act for an app. */
export const isRootOfServer = (): boolean =>
  isServer() && process.geteuid?.() === 0 && process.env['GATLING_HOME'] === undefined
export const isServerHome = (path: string): boolean => path === home && isServer()
/** Tells whether this process is root of the server with this home, so that it can read root's records directly. */
export const isRootOf = (path: string): boolean => isServerHome(path) && process.geteuid?.() === 0

/** Returns the path of a file that systemd gives to a unit of an app (systemd.exec(5), LoadCredential); null: none. */
const handed = (name: string): string | null => {
  const folder = process.env['CREDENTIALS_DIRECTORY']
  const path = folder === undefined ? null : join(folder, name)
  return path !== null && existsSync(path) ? path : null
}

/** Returns the path of the file with an app's config values. */
export const credentials = (): string | null => handed('config')

/** Returns the program and arguments that somebody asked root to run as the app's user. */
export const handedWords = (): readonly string[] => {
  const path = handed('words')
  return (path === null ? null : readJson(path, v.array(v.string()))) ?? []
}

/** Writes words into a file for systemd. @returns its path. */
export const writeWords = (unit: string, words: readonly string[]): string => {
  writeJson(serverPaths.words(unit), words)
  return serverPaths.words(unit)
}

/**
 * The ports of an app. Each slot has a port, and its Erlang node has another. On the disk the node's port still has the
 * name of epmd, which used it once. At `own` the app's own nginx.conf reaches the app.
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

export const registeredSiteSchema = v.nullable(
  v.object({
    domains: v.array(v.string()),
    own: v.nullable(v.string()),
    max_body: keptBodySchema,
    /** Set if nginx serves the app's files, and no process of it answers. */
    files: v.optional(v.literal(true)),
  }),
)

const registeredSchema = v.object({
  project: v.string(),
  ports: portsSchema,
  /** The site that nginx last got; null: there was no deploy yet. */
  site: registeredSiteSchema,
  /** Set by `gatling tls enable`. */
  tls: v.nullable(v.object({ email: v.string(), domains: v.array(v.string()) })),
  /** The other machines of the fleet that have the app; only the lead knows them. */
  nodes: v.optional(v.array(v.string())),
  /** Set if the app was unloaded. Its rest is removed before anything else happens. */
  forgotten: v.optional(v.literal(true)),
  /** Set while the app has seats in the fleet. */
  scale: v.optional(
    v.object({
      /** How many instances are wanted. */
      web: wholeSchema,
      /** The port at which the machines of the fleet take each other's requests for the app. */
      port: wholeSchema,
      /** Whether an instance answers on this machine. */
      open: v.boolean(),
      /** Addresses in the fleet network: this machine's, the others', and the lead's unless this is the lead. */
      inside: v.string(),
      others: v.array(v.string()),
      lead: v.nullable(v.string()),
    }),
  ),
  /** The place of its instances in the fleet network (core/cluster.ts). It stays once the app had several machines. */
  place: v.optional(wholeSchema),
  /** The number of instances that gatling.toml asked for when it last changed; null: it asks for none. */
  scale_asked: v.optional(v.nullable(wholeSchema)),
  drain_ms: wholeSchema,
  limits: limitsSchema,
  build: limitsSchema,
})

/** Root's record of an app. */
export type Registered = v.InferOutput<typeof registeredSchema>

export const readRegistered = (project: string): Registered | null =>
  readJson(serverPaths.registered(project), registeredSchema)

/** Writes root's record of an app. The app's user can read it, and no other app can. */
export const writeRegistered = (registered: Registered): void => {
  const { project, ports } = registered
  const folder = statSync(join(serverPaths.apps, project), { throwIfNoEntry: false })
  const stored = { ...registered, ports: storedPorts(ports) }
  writeJson(serverPaths.registered(project), stored, 0o640, folder?.gid ?? 0)
}
