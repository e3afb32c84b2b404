import { valueRules } from '../stacks/stacks.js'
import { changeConfig } from '../state/change-config.js'
import { changeKept, plainValues, readConfig, setValues, unsetValues } from '../state/config.js'
import { serverPaths } from '../state/server.js'

const { home } = serverPaths

/** A config value of an app. null: it is not set. */
export const readValue = (project: string, key: string): string | null =>
  plainValues(readConfig(home, project))[key] ?? null

/** Sets a secret config value, which the next deploy takes. */
export const writeNextValue = (project: string, key: string, value: string): Promise<void> =>
  changeConfig(home, project, config => setValues(config, new Map([[key, value]]), true, valueRules))

/**
 * The same, and the values that releases were deployed with get it, too: a rollback must not bring back what is no longer
 * valid.
 * @param isOurs whether Gatling set a kept one.
 */
export const writeValue = async (
  project: string,
  key: string,
  value: string,
  isOurs: (kept: string) => boolean,
): Promise<void> => {
  await writeNextValue(project, key, value)
  writeKeptValue(project, key, value, isOurs)
}

/** Sets a secret config value in what releases were deployed with, where they have it. @param isWanted gets the value that is kept. */
export const writeKeptValue = (
  project: string,
  key: string,
  value: string,
  isWanted: (kept: string, release: number) => boolean,
): void =>
  changeKept(home, project, (config, release) => {
    const kept = config.values[key]?.value
    return kept !== undefined && isWanted(kept, release)
      ? setValues(config, new Map([[key, value]]), true, valueRules)
      : config
  })

export const removeValue = (project: string, key: string): Promise<void> =>
  changeConfig(home, project, config =>
    config.values[key] === undefined ? config : unsetValues(config, [key], valueRules),
  )
