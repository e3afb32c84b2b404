import { parseSettings, type Settings } from '../config/settings.js'
import type { Task } from '../core/env.js'
import type { Stack } from '../core/stack.js'
import { localHost } from '../hosts/local.js'
import { type Recognised, recognise, recogniseAnyhow, stackOfLive } from '../stacks/stacks.js'
import { readApp } from '../state/apps.js'
import type { Values } from '../state/config.js'
import { appPaths } from '../state/paths.js'
import { isServerHome } from '../state/server.js'
import { type Equipped, isMaking, type Placed, placedWith } from './assignment.js'
import { readSettings } from './env.js'
import { stackChanged } from './errors.js'

/** Finds out what kind of app the checkout is, and which tools build it. @throws GatlingError as {@link recognise}. */
export const equip = async (asked: Placed, task: Task, valuesWith: ValuesWith): Promise<Equipped> => {
  const { home, project, request, emit, signal } = asked
  const { build: buildDir, cache: cacheDir } = appPaths(home, project)
  const settings = task === 'unload' ? parseSettings('', []) : readSettings(buildDir)
  const { stack, by } = recogniseFor(asked, task, settings)
  const builds = isMaking(task) || task === 'plan'
  if (builds) emit({ type: 'note', text: `${stack.name}: ${by}` })
  if (builds) refuseOtherStack(asked, stack)
  const assignment =
    isMaking(task) && request.from === null ? await withDefaults(asked, stack, valuesWith) : asked
  const { environment } = assignment
  const discarded = builds && request.release === null ? stack.discard(buildDir) : null
  if (discarded !== null) emit({ type: 'note', text: discarded })
  const place = { home, project, buildDir, cacheDir, signal, settings }
  const tools = stack.tools({ ...place, environment })
  // A release that exists needs no build tools.
  if (task !== 'unload' && request.release === null) await tools.refuseAbsent()
  const host = localHost({ environment: tools.environment, emit, signal })
  const workshop = { ...place, environment: tools.environment, host }
  return { ...assignment, environment: tools.environment, stack, settings, workshop }
}

/** Reads the config values again, and sets missing ones to their defaults. */
type ValuesWith = (wanted: readonly string[]) => Promise<Values>

const withDefaults = async (assignment: Placed, stack: Stack, valuesWith: ValuesWith): Promise<Placed> => {
  const { home, project, emit, values } = assignment
  const { build, data } = appPaths(home, project)
  const defaults = stack.running?.values.defaults(project, data) ?? {}
  const wanted = stack
    .wanted(build)
    .filter(name => Object.hasOwn(defaults, name) && !Object.hasOwn(values, name))
  if (wanted.length === 0) return assignment
  const placed = placedWith(assignment, await valuesWith(wanted))
  for (const name of wanted) {
    const isKept = isServerHome(home) && stack.running?.backedUp.includes(name)
    const kept = isKept ? '. That file is backed up every day' : ''
    emit({ type: 'note', text: `${name} is ${placed.values[name]}, as nobody has set it${kept}` })
  }
  return placed
}

/** Recognises the stack. For a live app it is known, whatever the checkout says. */
const recogniseFor = ({ home, project }: Placed, task: Task, settings: Settings): Recognised => {
  const { live } = readApp(home, project)
  const { build } = appPaths(home, project)
  if (live && (task === 'rollback' || task === 'unload'))
    return { stack: stackOfLive(home, project, live), by: 'what is live' }
  return task === 'unload' ? recogniseAnyhow(build, settings) : recognise(build, settings)
}

/**
 * Refuses another kind of app than the live one: neither an upgrade nor a rollback could work between them.
 * @throws GatlingError STACK_CHANGED.
 */
const refuseOtherStack = ({ home, project }: Placed, { name }: Stack): void => {
  const { live } = readApp(home, project)
  if (live && stackOfLive(home, project, live).name !== name) throw stackChanged(project, name)
}
