import type { ValueRules } from '../core/stack.js'
import { changeConfig } from './change-config.js'
import { readConfig, setValues } from './config.js'
import { appPaths } from './paths.js'

/**
 * Sets default values that an app needs and nobody has set. From then on they are config values, so they stay, and a
 * person can change them.
 */
export const setDefaults = async (
  home: string,
  project: string,
  names: readonly string[],
  rules: ValueRules,
): Promise<void> => {
  const defaults = rules.defaults(project, appPaths(home, project).data)
  const wanted = Object.entries(defaults).filter(([name]) => names.includes(name))
  const missing = () => wanted.filter(([name]) => !Object.hasOwn(readConfig(home, project).values, name))
  if (missing().length === 0) return
  await changeConfig(home, project, config => setValues(config, new Map(missing()), false, rules))
}
