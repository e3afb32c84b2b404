import { valueRules } from '../stacks/stacks.js'
import { readApp } from '../state/apps.js'
import { changeConfig } from '../state/change-config.js'
import { changeKept, configOf, plainValues, readConfig, setValues, unsetValues } from '../state/config.js'
import { serverPaths } from '../state/server.js'

const { home } = serverPaths

/** Reads a config value of an app; null: it is not set. */
export const readValue = (project: string, key: string): string | null =>
  plainValues(readConfig(home, project))[key] ?? null

/** Reads the value that a release was deployed with; null: it has none. */
export const valueFor = (project: string, key: string, release: number): string | null =>
  plainValues(configOf(home, project, release))[key] ?? null

/** Reads the value that the live release was deployed with; null: it has none, or nothing is live. */
export const liveValue = (project: string, key: string): string | null => {
  const { live } = readApp(home, project)
  return live === null ? null : valueFor(project, key, live.config)
}

/** Sets a config value for the next deploy. */
export const writeNextValue = (project: string, key: string, value: string, isSecret = true): Promise<void> =>
  changeConfig(home, project, config => setValues(config, new Map([[key, value]]), isSecret, valueRules))

/**
 * Sets a config value for the next deploy, and in the values of earlier releases, so that a rollback does not restore
 * an invalid one.
 * @param isOurs tells whether Gatling set a kept value.
 */
export const writeValue = async (
  project: string,
  key: string,
  value: string,
  isOurs: (kept: string) => boolean,
  isSecret = true,
): Promise<void> => {
  await writeNextValue(project, key, value, isSecret)
  writeKeptValue(project, key, value, isOurs, isSecret)
}

/** Sets a config value in the values of earlier releases that have it. @param isWanted decides by the kept value. */
export const writeKeptValue = (
  project: string,
  key: string,
  value: string,
  isWanted: (kept: string, release: number) => boolean,
  isSecret = true,
): void =>
  changeKept(home, project, (config, release) => {
    const kept = config.values[key]?.value
    return kept !== undefined && isWanted(kept, release)
      ? setValues(config, new Map([[key, value]]), isSecret, valueRules)
      : config
  })

export const removeValue = (project: string, key: string): Promise<void> =>
  changeConfig(home, project, config =>
    config.values[key] === undefined ? config : unsetValues(config, [key], valueRules),
  )
