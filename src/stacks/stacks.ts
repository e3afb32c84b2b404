import { settingsInvalid } from '../config/errors.js'
import { hookNames } from '../core/hook.js'
import type { Live } from '../core/live.js'
import type { Running, Stack, StackSettings, ValueRules } from '../core/stack.js'
import { isWhole, readManifest } from '../state/apps.js'
import { stackAmbiguous } from './errors.js'
import { notAMixProject } from './phoenix/facts/errors.js'
import { phoenix } from './phoenix/phoenix.js'
import { staticSite } from './static/static.js'

/** Every kind of app. */
const stacks: readonly Stack[] = [phoenix, staticSite]

/** The hooks that an app of any kind can have. */
export const allHookNames: readonly string[] = [
  ...new Set(hookNames(stacks.flatMap(({ lists }) => Object.values(lists).flat()))),
]

export interface Recognised {
  readonly stack: Stack
  /** The sign by which it was recognised. */
  readonly by: string
}

/**
 * Finds out what kind of app a checkout is.
 * @throws GatlingError STACK_AMBIGUOUS if two kinds match and gatling.toml names none, NOT_A_MIX_PROJECT if no kind
 * matches, SETTINGS_INVALID if gatling.toml names an unknown kind.
 */
export const recognise = (buildDir: string, settings: StackSettings): Recognised => {
  const wanted = settings.app.stack
  const names = stacks.map(({ name }) => `"${name}"`).join(' or ')
  if (wanted !== null) {
    const stack = stacks.find(({ name }) => name === wanted)
    if (!stack) throw settingsInvalid([`app.stack: must be ${names}`])
    return { stack, by: 'gatling.toml says so' }
  }
  const found = stacks.flatMap(stack => {
    const by = stack.detect(buildDir, settings)
    return by === null ? [] : [{ stack, by }]
  })
  const [first, second] = found
  if (!first) throw notAMixProject()
  if (second) throw stackAmbiguous(found.map(({ stack, by }) => ({ name: stack.name, by })))
  return first
}

/** Recognises even a broken app, which must still be removable. */
export const recogniseAnyhow = (buildDir: string, settings: StackSettings): Recognised => {
  try {
    return recognise(buildDir, settings)
  } catch {
    return { stack: phoenix, by: 'nothing else' }
  }
}

/**
 * Returns the kind of the live app, from its release's manifest. A release of an earlier Gatling, or a removed release,
 * does not name it.
 */
export const stackOfLive = (
  home: string,
  project: string,
  { release, processes }: Pick<Live, 'release' | 'processes'>,
): Stack => {
  const named = isWhole(home, project, release) ? readManifest(home, project, release).stack : null
  return (
    stacks.find(({ name }) => name === named) ??
    stacks.find(stack => stack.processes.join() === processes.join()) ??
    phoenix
  )
}

/**
 * Returns how an instance of a release starts.
 * @param stack its name in the manifest; null: an earlier Gatling made the release.
 */
export const runningOf = (stack: string | null): Running =>
  stacks.find(({ name }) => name === stack)?.running ?? phoenix.running

const runnings = stacks.flatMap(({ running }) => running ?? [])

/**
 * The rules for config values, of all kinds together: an app has config values before its first push shows its kind.
 */
export const valueRules: ValueRules = {
  made: () => Object.assign({}, ...runnings.map(({ values }) => values.made())),
  isReserved: name => runnings.some(({ values }) => values.isReserved(name)),
  defaults: (project, data) =>
    Object.assign({}, ...runnings.map(({ values }) => values.defaults(project, data))),
}

/** Returns the ports of an instance with these variables that are not for visitors. */
export const ownPorts: Running['ownPorts'] = variables => runnings.flatMap(one => one.ownPorts(variables))
