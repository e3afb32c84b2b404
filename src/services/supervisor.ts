import { describeEnding, type Ending } from '../core/ending.js'
import { onLoopback } from '../core/endpoint.js'
import type { Slot } from '../core/live.js'
import type {
  Exit,
  Instance,
  ServiceDefinition,
  ServiceManager,
  ServiceStatus,
} from '../core/service-manager.js'
import { freePort } from '../hosts/ports.js'
import { type ProcessGroup, signalGroup, spawnGroup } from '../hosts/process.js'
import { connectionsTo, environmentOf, listeningPorts, usageOf } from '../hosts/procfs.js'
import { type AppLog, openAppLog } from './app-log.js'
import { repeat } from './repeat.js'

/** How an instance is started. */
export interface Launch {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Record<string, string>
  readonly log: string
  /** Blanks out secrets in its output. */
  readonly mask?: (line: string) => string
}

export interface SupervisorOptions {
  /** Returns how to start an instance. It is called at every start. */
  readonly launch: (instance: Instance) => Promise<Launch>
  /** Returns the release that an instance boots. After a hot upgrade it is another than the one it was started with. */
  readonly boots?: (instance: Instance) => Pick<Instance, 'release' | 'config'>
  readonly define: (definition: ServiceDefinition) => void
  readonly undefine: (project: string) => void
  /** Reads from an instance's variables the ports that are not for visitors. */
  readonly ownPorts?: (variables: Readonly<Record<string, string>>) => readonly number[]
  /** The first pause before a restart, in ms. It doubles up to `longestPauseMs`. */
  readonly firstPauseMs?: number
}

export interface Supervisor extends ServiceManager {
  /** Stops everything. */
  close(graceMs: number): Promise<void>
}

const longestPauseMs = 30_000
/** How many deaths within the window are a crash loop. */
const loopDeaths = 5
const loopWindowMs = 60_000
const rememberedLines = 40
const ownDeathGraceMs = 1_000

interface Entry {
  instance: Instance
  env: Readonly<Record<string, string>>
  group: ProcessGroup | null
  log: AppLog | null
  enabled: boolean
  stopping: boolean
  stopped: Promise<void> | null
  restarts: number
  deaths: number[]
  since: string
  lines: string[]
  exit: Exit | null
  timer: NodeJS.Timeout | null
  readonly waiting: Set<(exit: Exit) => void>
}

/** Makes a supervisor, which starts apps, keeps them running and keeps their output. */
export const createSupervisor = (options: SupervisorOptions): Supervisor => {
  const {
    launch,
    boots = ({ release, config }) => ({ release, config }),
    define,
    undefine,
    ownPorts = () => [],
    firstPauseMs = 500,
  } = options
  const entries = new Map<string, Entry>()
  let closed = false
  const key = (project: string, slot: Slot): string => `${project}@${slot}`

  const boot = async (entry: Entry): Promise<void> => {
    const { release, config } = boots(entry.instance)
    entry.instance = { ...entry.instance, release, config }
    const plan = await launch(entry.instance)
    if (entry.stopping || closed) return
    entry.log ??= openAppLog(plan.log, entry.instance.slot)
    entry.env = plan.env
    entry.since = new Date().toISOString()
    entry.exit = null
    const group = spawnGroup({
      argv: plan.argv,
      cwd: plan.cwd,
      env: plan.env,
      onLine: written => {
        const line = plan.mask?.(written) ?? written
        entry.lines = [...entry.lines.slice(1 - rememberedLines), line]
        entry.log?.write(line)
      },
    })
    entry.group = group
    void group.ended.then(ending => died(entry, group, ending))
  }

  const died = (entry: Entry, group: ProcessGroup, ending: Ending): void => {
    group.sweep()
    entry.group = null
    if (entry.stopping) return
    entry.exit = { reason: describeEnding(ending), lastLines: entry.lines }
    for (const wake of entry.waiting) wake(entry.exit)
    entry.log?.write(`gatling: the app ${entry.exit.reason}`)
    entry.deaths = [...entry.deaths, Date.now()].filter(at => at > Date.now() - loopWindowMs)
    if (entry.enabled) restart(entry)
  }

  const restart = (entry: Entry): void => {
    const pause = Math.min(firstPauseMs * 2 ** Math.max(entry.deaths.length - 1, 0), longestPauseMs)
    entry.timer = setTimeout(() => {
      entry.restarts++
      boot(entry).catch((error: unknown) => {
        entry.log?.write(`gatling: cannot start: ${String(error)}`)
        entry.deaths = [...entry.deaths, Date.now()]
        restart(entry)
      })
    }, pause)
  }

  const stop = (entry: Entry, graceMs: number): Promise<void> => {
    entry.stopped ??= end(entry, graceMs)
    return entry.stopped
  }
  const end = async (entry: Entry, graceMs: number): Promise<void> => {
    entry.stopping = true
    if (entry.timer) clearTimeout(entry.timer)
    const { group } = entry
    if (group) {
      await group.stop(graceMs).finally(repeat(() => signalGroup(group.pid, 'SIGTERM')))
      await group.ended
      group.sweep()
    }
    entry.log?.close()
    const name = key(entry.instance.project, entry.instance.slot)
    if (entries.get(name) === entry) entries.delete(name)
  }

  const statusOf = (entry: Entry): ServiceStatus => ({
    ...entry.instance,
    pid: entry.group?.pid ?? null,
    state: stateOf(entry),
    restarts: entry.restarts,
    outOfMemory: false,
    since: entry.since,
  })

  return {
    install: async definition => define(definition),
    uninstall: async project => undefine(project),
    processes: async () => ({ web: onLoopback(await freePort()) }),
    start: async instance => {
      const name = key(instance.project, instance.slot)
      const before = entries.get(name)
      if (before) await stop(before, ownDeathGraceMs)
      // If a deploy dies together with embedded mode, this ending supervisor must not start its app.
      if (closed) return
      const entry: Entry = {
        instance,
        env: {},
        group: null,
        log: null,
        enabled: false,
        stopping: false,
        stopped: null,
        restarts: 0,
        deaths: [],
        since: new Date().toISOString(),
        lines: [],
        exit: null,
        timer: null,
        waiting: new Set(),
      }
      entries.set(name, entry)
      await boot(entry)
    },
    enable: async (project, slot) => {
      const entry = entries.get(key(project, slot))
      if (!entry || entry.enabled) return
      entry.enabled = true
      if (!entry.group && !entry.stopping) restart(entry)
    },
    stop: async (project, slot, graceMs) => {
      const entry = entries.get(key(project, slot))
      if (entry) await stop(entry, graceMs)
    },
    exited: async (project, slot, timeoutMs) => {
      const entry = entries.get(key(project, slot))
      if (!entry) return { reason: 'is not running', lastLines: [] }
      if (entry.exit) return entry.exit
      return new Promise(resolve => {
        const wake = (exit: Exit | null): void => {
          clearTimeout(timer)
          entry.waiting.delete(wake)
          resolve(exit)
        }
        const timer = setTimeout(() => wake(null), timeoutMs)
        entry.waiting.add(wake)
      })
    },
    environment: async (project, slot) => environmentOf(entries.get(key(project, slot))?.group?.pid),
    variables: async instance => (await launch(instance)).env,
    outdated: async (project, slot, release, config) => {
      const entry = entries.get(key(project, slot))
      if (!entry) return []
      const next = (await launch({ ...entry.instance, release, config })).env
      return [...new Set([...Object.keys(entry.env), ...Object.keys(next)])]
        .filter(name => name !== 'GATLING_REVISION' && entry.env[name] !== next[name])
        .sort()
    },
    connections: async (project, slot) => {
      const entry = entries.get(key(project, slot))
      return entry ? connectionsTo(entry.instance.processes.web.port) : 0
    },
    memory: async (project, slot) => {
      const pid = entries.get(key(project, slot))?.group?.pid
      return pid === undefined ? 0 : usageOf(pid).memory * 1_024
    },
    listening: async (project, slot) => {
      const entry = entries.get(key(project, slot))
      const pid = entry?.group?.pid
      if (!entry || pid === undefined) return []
      const own = ownPorts(entry.env)
      return listeningPorts(pid).filter(port => !own.includes(port))
    },
    lastLines: async (project, slot) => entries.get(key(project, slot))?.lines ?? [],
    list: async project =>
      [...entries.values()]
        .filter(({ instance }) => project === undefined || instance.project === project)
        .map(statusOf),
    close: async graceMs => {
      closed = true
      await Promise.all([...entries.values()].map(entry => stop(entry, graceMs)))
    },
  }
}

const stateOf = (entry: Entry): ServiceStatus['state'] => {
  if (entry.stopping) return 'stopping'
  const recent = entry.deaths.filter(at => at > Date.now() - loopWindowMs)
  if (recent.length >= loopDeaths) return 'crash-looping'
  return entry.group ? 'running' : 'restarting'
}
