import type { Live } from '../core/live.js'
import type { ServiceStatus } from '../core/service-manager.js'
import { listProjects, readLive } from '../state/apps.js'
import { certificateEnds } from '../state/certificate.js'
import { lastRun } from '../state/runs.js'
import { isRootOf } from '../state/server.js'
import { isServing, publicUrl, readServing } from '../state/serving.js'
import { type Ending, recoverFirst } from './recover-first.js'

/** What `gatling status --json` prints. */
export interface Status {
  readonly home: string
  /** Whether apps can run: embedded mode is running, or this is a server. */
  readonly serving: boolean
  /** The address of embedded mode. */
  readonly url: string | null
  readonly apps: readonly AppStatus[]
}

export interface AppStatus {
  readonly project: string
  readonly state: string
  readonly release: number | null
  readonly version: string | null
  readonly revision: string | null
  readonly since: string | null
  readonly url: string | null
  /** The old release, while it still finishes its requests. */
  readonly leaving: number | null
  readonly restarts: number
  /** The processes of its instance. A static site and an app that is not deployed have none. */
  readonly processes: readonly string[]
  /** Whether it last ended for lack of memory. */
  readonly out_of_memory: boolean
  /** The end of its certificate, ISO 8601; null: it has none. */
  readonly certificate_until: string | null
  /** Whether the PostgreSQL that Gatling made for it runs; null: there is none, or only root can know. */
  readonly database: 'running' | 'down' | null
  /** Whether the Redis that Gatling made for it runs; null as above. */
  readonly redis: 'running' | 'down' | null
  readonly last_deploy: { number: number; state: string } | null
  /** The backups of its database; null: Gatling made no database for it. */
  readonly backups: {
    /** The time of the last backup, ISO 8601; null: there is none. */
    readonly last_at: string | null
    /** When a restore was last checked; null: never. */
    readonly proved_at: string | null
    readonly troubles: readonly string[]
  } | null
}

/**
 * Returns what runs.
 * @param wanted one app; undefined: all.
 * @throws GatlingError PROJECT_UNKNOWN, or STATE_BROKEN of the wanted app.
 */
export const statusOf = async (home: string, wanted?: string): Promise<Status> => {
  const serving = isServing(home)
  const embedded = serving ? readServing(home) : null
  const projects = wanted === undefined ? listProjects(home) : [wanted]
  const newest = new Map<string, Ending | null>()
  // A damaged app must not hide the others.
  for (const project of projects) newest.set(project, await recoverFirst(home, project).catch(() => null))
  const instances = byProject(serving ? await instancesOf(home, wanted) : [])
  const { databases, redises } = await databasesOf(home, projects)
  const backups = new Map<string, AppStatus['backups']>()
  for (const project of projects) backups.set(project, await backupsOf(home, project))
  const urlOf = (project: string, { domains }: Live): string => publicUrl(home, project, domains, embedded)
  const look = (project: string): AppStatus => ({
    ...appStatus(
      home,
      project,
      serving,
      instances.get(project) ?? [],
      newest.get(project) ?? lastRun(home, project),
      urlOf,
    ),
    database: databases.get(project) ?? null,
    redis: redises.get(project) ?? null,
    backups: backups.get(project) ?? null,
  })
  return {
    home,
    serving,
    url: embedded?.url ?? null,
    apps: projects.map(project =>
      wanted === undefined ? readable(project, () => look(project)) : look(project),
    ),
  }
}

const byProject = (instances: readonly ServiceStatus[]): ReadonlyMap<string, readonly ServiceStatus[]> => {
  const found = new Map<string, ServiceStatus[]>()
  for (const one of instances) found.set(one.project, [...(found.get(one.project) ?? []), one])
  return found
}

const instancesOf = async (home: string, wanted: string | undefined): Promise<readonly ServiceStatus[]> => {
  if (isRootOf(home)) {
    const { rootServices } = await import('../runtimes/root.js')
    return rootServices().list(wanted)
  }
  const { keeperOf } = await import('../runtimes/keeper.js')
  return keeperOf(home, wanted ?? '').services.list(wanted)
}

const databasesOf = async (
  home: string,
  projects: readonly string[],
): Promise<Record<'databases' | 'redises', ReadonlyMap<string, 'running' | 'down'>>> => {
  if (!isRootOf(home)) return { databases: new Map(), redises: new Map() }
  const { databasesRunning } = await import('../databases/running.js')
  const { redisesRunning } = await import('../databases/redis/running.js')
  return { databases: await databasesRunning(projects), redises: await redisesRunning(projects) }
}

/** Returns the state of backups, which only root can read. */
const backupsOf = async (home: string, project: string): Promise<AppStatus['backups']> => {
  if (!isRootOf(home)) return null
  const { backupHealth } = await import('../databases/backups/health.js')
  const health = await backupHealth(project).catch(() => null)
  return (
    health && {
      last_at: health.backup_at,
      proved_at: health.proved_at,
      troubles: health.troubles.map(({ text }) => text),
    }
  )
}

/** Looks at an app. If that fails, the app is unreadable, so that a damaged app does not hide the others. */
const readable = (project: string, look: () => AppStatus): AppStatus => {
  try {
    return look()
  } catch {
    return {
      project,
      state: 'unreadable',
      release: null,
      version: null,
      revision: null,
      since: null,
      url: null,
      leaving: null,
      restarts: 0,
      processes: [],
      out_of_memory: false,
      certificate_until: null,
      database: null,
      redis: null,
      last_deploy: null,
      backups: null,
    }
  }
}

const appStatus = (
  home: string,
  project: string,
  serving: boolean,
  own: readonly ServiceStatus[],
  last: Ending | null,
  urlOf: (project: string, live: Live) => string,
): Omit<AppStatus, 'database' | 'redis' | 'backups'> => {
  const live = readLive(home, project)
  const instance = own.find(({ slot }) => slot === live?.slot)
  const others = own.filter(other => other !== instance)
  return {
    project,
    state: stateOf(live, serving, instance, last),
    release: live?.release ?? null,
    version: live?.version ?? null,
    revision: live?.revision ?? null,
    since: live?.since ?? null,
    url: live && serving ? urlOf(project, live) : null,
    leaving: leavingOf(others, last),
    restarts: instance?.restarts ?? 0,
    processes: live?.processes ?? [],
    out_of_memory: instance?.outOfMemory ?? false,
    certificate_until: certificateOf(home, project)?.toISOString() ?? null,
    last_deploy: last && { number: last.number, state: last.state },
  }
}

/** Returns the release of an old instance that still runs. During a deploy the other instance belongs to the deploy. */
const leavingOf = ([other]: readonly ServiceStatus[], last: Ending | null): number | null =>
  other && last?.state !== 'running' ? other.release : null

/** Returns the end of the certificate, which only root can read. */
const certificateOf = (home: string, project: string): Date | null =>
  isRootOf(home) ? certificateEnds(project) : null

const stateOf = (
  live: Live | null,
  serving: boolean,
  instance: ServiceStatus | undefined,
  last: Ending | null,
): string => {
  if (last?.state === 'running') return 'deploying'
  if (!live) return 'not deployed'
  if (!serving) return 'down'
  // The proxy serves the files of an app without processes.
  return live.processes.length === 0 ? 'running' : (instance?.state ?? 'down')
}
