import pc from 'picocolors'
import type { Live } from '../../core/env.js'
import type { ServiceStatus } from '../../core/service-manager.js'
import { listProjects, readApp } from '../../state/apps.js'
import { certificateEnds } from '../../state/certificate.js'
import { gatlingHome } from '../../state/paths.js'
import { lastRun, type Run } from '../../state/runs.js'
import { isServerHome } from '../../state/server.js'
import { isServing, publicUrl, readServing } from '../../state/serving.js'
import { deathsOf } from '../deaths.js'
import { print, printJson } from '../output.js'
import { ago, table } from '../render.js'
import { recoverFirst } from './recover.js'

interface AppStatus {
  readonly project: string
  readonly state: string
  readonly release: number | null
  readonly version: string | null
  readonly revision: string | null
  readonly since: string | null
  readonly url: string | null
  /** The release that served before, while it still finishes what it does. */
  readonly leaving: number | null
  readonly restarts: number
  /** Whether lack of memory ended it last. */
  readonly out_of_memory: boolean
  /** ISO 8601; null: it has none. */
  readonly certificate_until: string | null
  readonly last_deploy: { number: number; state: string } | null
}

/** What runs. */
export const status = async (wanted: string | undefined, options: { json?: boolean }): Promise<void> => {
  const home = gatlingHome()
  const serving = isServing(home)
  const projects = wanted === undefined ? listProjects(home) : [wanted]
  const newest = new Map<string, Run | null>()
  // An app that is damaged must not hide the others.
  for (const project of projects) newest.set(project, await recoverFirst(home, project).catch(() => null))
  const instances = serving ? await instancesOf(home, wanted) : []
  const look = (project: string): AppStatus =>
    appStatus(home, project, serving, instances, newest.get(project) ?? lastRun(home, project))
  const apps = projects.map(project =>
    wanted === undefined ? readable(project, () => look(project)) : look(project),
  )
  if (options.json) {
    return printJson({ home, serving, url: serving ? (readServing(home)?.url ?? null) : null, apps })
  }
  if (!serving) print(pc.yellow(`Embedded mode is not running for ${home}: start it with \`gatling serve\`.`))
  if (apps.length === 0) return print('No project is loaded: `gatling load <project>`.')
  const rows = apps.map(app => [
    app.project,
    app.state,
    app.release === null ? '-' : `release ${app.release}`,
    app.version ?? '-',
    app.revision?.slice(0, 7) ?? '-',
    app.since ? ago(app.since) : '-',
    app.url ?? '-',
  ])
  print(...table([['PROJECT', 'STATE', 'RELEASE', 'VERSION', 'COMMIT', 'DEPLOYED', 'ADDRESS'], ...rows]))
  for (const app of apps) {
    const deaths = deathsOf(app)
    if (deaths !== null) print(pc.yellow(deaths))
    if (app.leaving !== null)
      print(`${app.project}: release ${app.leaving}, which served before, still finishes what it does`)
    if (app.certificate_until)
      print(`${app.project}: its certificate ends on ${app.certificate_until.slice(0, 10)}`)
    const last = app.last_deploy
    if (last && last.state !== 'ok')
      print(
        pc.yellow(
          `${app.project}: deploy ${last.number} is ${last.state}: gatling history ${app.project} ${last.number}`,
        ),
      )
  }
}

const instancesOf = async (home: string, wanted: string | undefined): Promise<readonly ServiceStatus[]> => {
  if (isServerHome(home) && process.geteuid?.() === 0) {
    const { rootServices } = await import('../../runtimes/root.js')
    return rootServices().list(wanted)
  }
  const { keeperOf } = await import('../../runtimes/runtime.js')
  return keeperOf(home, wanted ?? '').services.list(wanted)
}

/** Of all apps one that is damaged must not hide the others. */
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
      out_of_memory: false,
      certificate_until: null,
      last_deploy: null,
    }
  }
}

const appStatus = (
  home: string,
  project: string,
  serving: boolean,
  instances: readonly ServiceStatus[],
  last: Run | null,
): AppStatus => {
  const { live } = readApp(home, project)
  const own = instances.filter(other => other.project === project)
  const instance = own.find(({ slot }) => slot === live?.slot)
  const others = own.filter(other => other !== instance)
  return {
    project,
    state: stateOf(live, serving, instance, last),
    release: live?.release ?? null,
    version: live?.version ?? null,
    revision: live?.revision ?? null,
    since: live?.since ?? null,
    url: live && serving ? publicUrl(home, project, live.domains) : null,
    leaving: leavingOf(others, last),
    restarts: instance?.restarts ?? 0,
    out_of_memory: instance?.outOfMemory ?? false,
    certificate_until: certificateOf(home, project)?.toISOString() ?? null,
    last_deploy: last && { number: last.number, state: last.state },
  }
}

/** What a deploy starts is its own. */
const leavingOf = ([other]: readonly ServiceStatus[], last: Run | null): number | null =>
  other && last?.state !== 'running' ? other.release : null

/** Only root can read it. */
const certificateOf = (home: string, project: string): Date | null =>
  isServerHome(home) && process.geteuid?.() === 0 ? certificateEnds(project) : null

const stateOf = (
  live: Live | null,
  serving: boolean,
  instance: ServiceStatus | undefined,
  last: Run | null,
): string => {
  if (last?.state === 'running') return 'deploying'
  if (!live) return 'not deployed'
  if (!serving) return 'down'
  // The proxy serves the files of an app without processes.
  return live.processes.length === 0 ? 'running' : (instance?.state ?? 'down')
}
