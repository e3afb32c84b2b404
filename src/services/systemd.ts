import * as v from 'valibot'
import * as systemd from '../commands/systemd.js'
import type { Command } from '../core/host.js'
import type { Slot } from '../core/live.js'
import type {
  Exit,
  Instance,
  ServiceDefinition,
  ServiceManager,
  ServiceStatus,
} from '../core/service-manager.js'
import { type Captured, runCommand } from '../hosts/capture.js'
import { must, succeeded } from '../hosts/must.js'
import { connectionsTo, environmentOf, listeningPorts, usageOf } from '../hosts/procfs.js'
import { isAlive, type Owner, ownerIfAlive } from '../state/owner.js'
import { endingOf, outOfMemory } from './ending.js'
import { repeat } from './repeat.js'
import { nothing, type Properties, properties } from './unit-properties.js'

export interface SystemdOptions {
  /** Every app of the machine. */
  readonly projects: () => readonly string[]
  /** Writes an app's units. @returns whether any of them changed. */
  readonly define: (definition: ServiceDefinition) => Promise<boolean>
  readonly undefine: (project: string) => Promise<void>
  /** Returns where a slot's processes listen. If another program took their port, it is a new one. */
  readonly processes: ServiceManager['processes']
  /**
   * Writes what a slot starts with. On trial it starts only once, from its own release, otherwise from the live one.
   */
  readonly prepare: (instance: Instance, onTrial: boolean) => void
  /** Returns what a slot was last prepared for; null: nothing. */
  readonly prepared: (
    project: string,
    slot: Slot,
  ) => { readonly instance: Instance; readonly variables: Readonly<Record<string, string>> } | null
  /** Returns a function that removes secrets from an app's output. */
  readonly mask: (project: string) => (text: string) => string
  /** Reads from an instance's variables the ports that are not for visitors. */
  readonly ownPorts: (variables: Readonly<Record<string, string>>) => readonly number[]
  /** Returns the variables that an instance would be started with. */
  readonly variables: (instance: Instance) => Readonly<Record<string, string>>
}

/** Time between two looks at a process, in ms. */
const lookEveryMs = 50
const rememberedLines = 40
/** How many restarts are a crash loop, if the instance is down again. */
const loopRestarts = 5

const unitOf = (project: string, slot: Slot): string => `${project}@${slot}.service`

/** Returns the service manager of systemd, for root. Each slot of an app is an instance of the app's unit template. */
export const systemdServices = (options: SystemdOptions): ServiceManager => {
  const { projects, define, undefine, processes, prepare, prepared, mask, variables, ownPorts } = options
  /** The process of each instance, as it was last seen. Its pid alone could belong to another app by now. */
  const seen = new Map<string, { owner: Owner | null; start: systemd.Start }>()
  /** How often each instance was stopped. A stop must not count as a death. */
  const stops = new Map<string, number>()

  const stopsOf = (unit: string): number => stops.get(unit) ?? 0

  const look = async (project: string, slot: Slot): Promise<Properties> => {
    const [found] = await properties([unitOf(project, slot)])
    return found ?? nothing
  }
  /**
   * Remembers the process of an instance, so that its death is noticed.
   * @param since a time before its start, in epoch ms. If the process has already ended, only this time is known: the
   * unit can already show the next start, which is refused during the trial.
   */
  const note = async (project: string, slot: Slot, since = Date.now()): Promise<number> => {
    const { MainPID, InvocationID } = await look(project, slot)
    const owner = MainPID === '0' ? null : ownerIfAlive(Number(MainPID))
    seen.set(unitOf(project, slot), { owner, start: owner ? { invocation: InvocationID } : { since } })
    return owner?.pid ?? 0
  }
  const pidOf = async (project: string, slot: Slot): Promise<number> => {
    const known = seen.get(unitOf(project, slot))
    return known?.owner && isAlive(known.owner) ? known.owner.pid : note(project, slot)
  }

  /** Returns the last lines of a start. @param start null: there was none. */
  const linesOf = async (project: string, slot: Slot, start: systemd.Start | null): Promise<string[]> => {
    if (start === null) return []
    await runCommand(systemd.syncJournal)
    const { stdout } = await runCommand(systemd.lastLines(unitOf(project, slot), start, rememberedLines))
    return stdout
      .split('\n')
      .filter(line => line !== '')
      .map(mask(project))
  }

  const deathOf = async (project: string, slot: Slot): Promise<Exit | null> => {
    const known = seen.get(unitOf(project, slot))
    if (known?.owner && isAlive(known.owner)) return null
    const now = await look(project, slot)
    const pid = Number(now.MainPID)
    if (!known && pid !== 0) {
      await note(project, slot)
      return null
    }
    const start = known?.start ?? startOf(now)
    if (pid !== 0 && pid !== known?.owner?.pid) await note(project, slot)
    return { reason: endingOf(await endOf(now, start)), lastLines: await linesOf(project, slot, start) }
  }

  return {
    install: async definition => {
      if (await define(definition)) await must(systemd.reload)
    },
    uninstall: async project => {
      // In a second call the units do not exist, and need no stop, so failures are ignored.
      await Promise.all([halt(unitOf(project, 'a'), null), halt(unitOf(project, 'b'), null)])
      await runCommand(systemd.stop(`${project}.service`))
      await undefine(project)
      await must(systemd.reload)
      await runCommand(systemd.forgetFailure(unitOf(project, 'a'), unitOf(project, 'b')))
    },
    processes,
    start: async instance => {
      const unit = unitOf(instance.project, instance.slot)
      succeeded(systemd.stop(unit), await halt(unit, null))
      seen.delete(unit)
      prepare(instance, true)
      await runCommand(systemd.forgetFailure(unit))
      const since = Date.now()
      await must(systemd.start(unit))
      await note(instance.project, instance.slot, since)
    },
    enable: async (project, slot) => {
      const known = prepared(project, slot)
      if (!known) return
      prepare(known.instance, false)
      // This unit, which people know, says that the app runs.
      await must(systemd.startSoon(`${project}.service`))
      // An instance that died on trial is started now. The first start can be refused, because it still counts as a
      // trial.
      for (let tries = 0; tries < 3; tries++) {
        const { ActiveState, SubState } = await look(project, slot)
        if (ActiveState === 'active' || SubState === 'auto-restart') return
        await must(systemd.start(unitOf(project, slot)))
      }
    },
    stop: async (project, slot, graceMs) => {
      const unit = unitOf(project, slot)
      stops.set(unit, stopsOf(unit) + 1)
      succeeded(systemd.stop(unit), await halt(unit, graceMs))
      // A killed unit would stay in systemd's list of failed units.
      await runCommand(systemd.forgetFailure(unit))
      seen.delete(unit)
    },
    exited: async (project, slot, timeoutMs) => {
      const deadline = performance.now() + timeoutMs
      const unit = unitOf(project, slot)
      const before = stopsOf(unit)
      while (true) {
        const exit = stopsOf(unit) === before ? await deathOf(project, slot) : null
        if (exit && stopsOf(unit) === before) return exit
        const left = deadline - performance.now()
        if (left <= 0) return null
        await new Promise(resolve => setTimeout(resolve, Math.min(left, lookEveryMs)))
      }
    },
    environment: async (project, slot) => environmentOf(await pidOf(project, slot)),
    variables: async instance => variables(instance),
    outdated: async (project, slot, release, config) => {
      const known = prepared(project, slot)
      if (!known) return []
      const next = variables({ ...known.instance, release, config })
      const now = { ...known.variables, ...ofGatling(environmentOf(await pidOf(project, slot))) }
      return [...new Set([...Object.keys(known.variables), ...Object.keys(next)])]
        .filter(name => name !== 'GATLING_REVISION' && now[name] !== next[name])
        .sort()
    },
    connections: async (project, slot) => {
      const known = prepared(project, slot)
      return known ? connectionsTo(known.instance.processes.web.port) : 0
    },
    memory: async (project, slot) => {
      const pid = await pidOf(project, slot)
      return pid === 0 ? 0 : usageOf(pid).memory * 1_024
    },
    listening: async (project, slot) => {
      const pid = await pidOf(project, slot)
      if (pid === 0) return []
      const own = ownPorts(prepared(project, slot)?.variables ?? {})
      return listeningPorts(pid).filter(port => !own.includes(port))
    },
    lastLines: async (project, slot) =>
      linesOf(project, slot, seen.get(unitOf(project, slot))?.start ?? startOf(await look(project, slot))),
    list: async project => {
      const slots = (project === undefined ? projects() : [project]).flatMap(name =>
        (['a', 'b'] as const).flatMap(slot => prepared(name, slot)?.instance ?? []),
      )
      if (slots.length === 0) return []
      const found = await properties(slots.map(({ project, slot }) => unitOf(project, slot)))
      const there = slots.flatMap(instance => {
        const unit = found.find(({ Id }) => Id === unitOf(instance.project, instance.slot))
        return unit && isThere(unit) ? [statusOf(instance, unit)] : []
      })
      return Promise.all(there)
    },
  }
}

/** Picks the variables that no app changes. An instance can have others than those it will be restarted with. */
const ofGatling = (variables: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith('GATLING_')))

/** Stops a unit. SIGKILL comes after `graceMs`; null: after the time in the unit. */
const halt = async (unit: string, graceMs: number | null): Promise<Captured> => {
  const said: Promise<unknown>[] = []
  const say = (signal: Command): void => void said.push(runCommand(signal))
  const kill = graceMs === null ? undefined : setTimeout(() => say(systemd.kill(unit)), graceMs)
  const calm = repeat(() => say(systemd.terminate(unit)))
  const stopped = await runCommand(systemd.stop(unit))
  clearTimeout(kill)
  calm()
  // No signal may reach the next start of the unit.
  await Promise.all(said)
  return stopped
}

/** Returns the start that a unit shows; null: none. */
const startOf = ({ InvocationID }: Properties): systemd.Start | null =>
  InvocationID === '' ? null : { invocation: InvocationID }

const exitSchema = v.object({ EXIT_CODE: v.string(), EXIT_STATUS: v.string() })
const exitCodes: Readonly<Record<string, string>> = { exited: '1', killed: '2', dumped: '3' }

/** Returns how a start of a unit ended. systemd forgets the end of a trial as soon as it has refused the next start. */
const endOf = async (now: Properties, start: systemd.Start | null): Promise<Properties> => {
  if (now.ExecMainCode !== '0' || start === null) return now
  await runCommand(systemd.syncJournal)
  const { stdout } = await runCommand(systemd.lastExit(now.Id, start))
  if (stdout.trim() === '') return now
  const { EXIT_CODE, EXIT_STATUS } = v.parse(exitSchema, JSON.parse(stdout))
  return { ...now, ExecMainCode: exitCodes[EXIT_CODE] ?? '0', ExecMainStatus: EXIT_STATUS }
}

/** Tells whether a unit last ended for lack of memory. The unit itself forgets that when it runs again. */
const diedOfMemory = async ({ Id, NRestarts, Result }: Properties): Promise<boolean> => {
  if (Result === outOfMemory) return true
  if (Number(NRestarts) === 0) return false
  const { stdout } = await runCommand(systemd.lastResult(Id))
  return stdout.trim() === outOfMemory
}

const isThere = ({ ActiveState }: Properties): boolean => ActiveState !== 'inactive' && ActiveState !== ''

const statusOf = async (instance: Instance, unit: Properties): Promise<ServiceStatus> => ({
  ...instance,
  release: bootedFrom(Number(unit.MainPID)) ?? instance.release,
  pid: Number(unit.MainPID) || null,
  state: stateOf(unit),
  restarts: Number(unit.NRestarts),
  outOfMemory: await diedOfMemory(unit),
  since: new Date(Number(unit.ExecMainStartTimestamp.replace('@', '')) * 1_000 || 0).toISOString(),
})

/**
 * Returns the release that a process booted from; null: it does not run. systemd restarts an instance from the release
 * that is live by then, and \`bin/<release>\` notes its path.
 */
const bootedFrom = (pid: number): number | null => {
  const root = pid > 0 ? environmentOf(pid)['RELEASE_ROOT'] : undefined
  const number = /\/releases\/(\d+)$/.exec(root ?? '')?.[1]
  return number === undefined ? null : Number(number)
}

const stateOf = ({ ActiveState, SubState, NRestarts }: Properties): ServiceStatus['state'] => {
  if (ActiveState === 'deactivating') return 'stopping'
  if (ActiveState === 'active' || (ActiveState === 'activating' && SubState !== 'auto-restart'))
    return 'running'
  return Number(NRestarts) >= loopRestarts ? 'crash-looping' : 'restarting'
}
