import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Live } from '../core/live.js'
import { shortestMaskable } from '../core/mask.js'
import type { ValueRules } from '../core/stack.js'
import { closest } from '../core/suggest.js'
import { configKey, configLarge, configReserved, configUnknown, configValue } from './errors.js'
import { readJson, writeJson } from './json-file.js'
import { appPaths } from './paths.js'

export const configSchema = v.object({
  /** The last rollback that brought older values back. */
  back: v.optional(v.number(), 0),
  /** The secret by which the processes of an app know each other. */
  cookie: v.string(),
  values: v.record(v.string(), v.object({ value: v.string(), secret: v.boolean() })),
})

/** An app's config values, as `gatling config` sets them. */
export type Config = v.InferOutput<typeof configSchema>

/** Makes the config of a new app: its cookie, and the values that it must have. They stay the same in every deploy. */
export const newConfig = (rules: Pick<ValueRules, 'made'>): Config => ({
  back: 0,
  cookie: randomBytes(24).toString('hex'),
  values: Object.fromEntries(
    Object.entries(rules.made()).map(([key, value]) => [key, { value, secret: true }]),
  ),
})

/** Reads the present values. Without a file there is only a cookie. */
export const readConfig = (home: string, project: string): Config =>
  readJson(appPaths(home, project).config, configSchema) ?? newConfig({ made: () => ({}) })

/** Reads the values that a release was deployed with, or the present values if none were kept. */
export const configOf = (home: string, project: string, release: number): Config =>
  readJson(keptPath(home, project, release), configSchema) ?? readConfig(home, project)

/** Returns the file with the values that a release was deployed with. */
export const valuesFile = (home: string, project: string, release: number): string => {
  const kept = keptPath(home, project, release)
  return existsSync(kept) ? kept : appPaths(home, project).config
}

const keptPath = (home: string, project: string, release: number): string =>
  join(appPaths(home, project).configs, `${release}.json`)

export const valuesSchema = v.object({
  config: configSchema,
  /** The secrets of these values, and of the kept ones: a restarted older release can print those. */
  secrets: v.array(v.record(v.string(), v.string())),
})
export type Values = v.InferOutput<typeof valuesSchema>

/**
 * Returns the present values for a deploy. Keeps them for the release `keep`, if any, and forgets those of releases
 * that are gone. Later changes are not a part of that deploy.
 */
export const takeValues = (
  home: string,
  project: string,
  keep: number | null,
  there: readonly number[],
): Values => {
  const config = readConfig(home, project)
  if (keep !== null) keepValues(home, project, keep, config, there)
  return { config, secrets: allSecrets(home, project) }
}

/** Keeps values for a release, and forgets those of releases that are gone. */
export const keepValues = (
  home: string,
  project: string,
  release: number,
  config: Config,
  there: readonly number[],
): void => {
  writeJson(keptPath(home, project, release), config)
  for (const number of keptReleases(home, project))
    if (number !== release && !there.includes(number))
      rmSync(keptPath(home, project, number), { force: true })
}

const keptReleases = (home: string, project: string): number[] => {
  const { configs } = appPaths(home, project)
  if (!existsSync(configs)) return []
  return readdirSync(configs)
    .map(name => Number(name.replace(/\.json$/, '')))
    .filter(Number.isInteger)
}

/** Changes the values that releases were deployed with. */
export const changeKept = (
  home: string,
  project: string,
  changed: (config: Config, release: number) => Config,
): void => {
  for (const release of keptReleases(home, project))
    writeJson(keptPath(home, project, release), changed(configOf(home, project, release), release))
}

/**
 * Returns the secrets of a config. Skips a file that cannot be read, because the code that needs its values reports
 * that.
 */
const secretsIfWhole = (read: () => Config, values = secretsOf): Record<string, string>[] => {
  try {
    return [values(read())]
  } catch {
    return []
  }
}

/** Returns the secrets of the present values. */
export const secretsNow = (home: string, project: string): Record<string, string>[] =>
  secretsIfWhole(() => readConfig(home, project))

/** Returns the secrets of all releases of an app, without values that somebody has made public since. */
export const allSecrets = (home: string, project: string): Record<string, string>[] => {
  const now = secretsIfWhole(() => readConfig(home, project), publicOf)
  const isPublic = ([key, value]: readonly [string, string]): boolean =>
    now.some(values => Object.hasOwn(values, key) && values[key] === value)
  const kept = keptReleases(home, project).flatMap(release =>
    secretsIfWhole(() => configOf(home, project, release)),
  )
  return [
    ...kept.map(secrets => Object.fromEntries(Object.entries(secrets).filter(one => !isPublic(one)))),
    ...secretsNow(home, project),
  ]
}

/**
 * Makes the values that a rollback brought back the present values. It does that only once, so that they can be changed
 * again.
 */
export const followRollback = (
  home: string,
  project: string,
  live: Pick<Live, 'config' | 'config_back'> | null,
): void => {
  if (!live) return
  const { config, config_back } = live
  if (config_back <= readConfig(home, project).back || !existsSync(keptPath(home, project, config))) return
  writeConfig(home, project, { ...configOf(home, project, config), back: config_back })
}

export const writeConfig = (home: string, project: string, config: Config): void =>
  writeJson(appPaths(home, project).config, config)

/** Checks the key of a config value. @throws GatlingError CONFIG_KEY or CONFIG_RESERVED. */
export const parseKey = (key: string, rules: Pick<ValueRules, 'isReserved'>): string => {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) || ['__proto__', 'prototype', 'constructor'].includes(key))
    throw configKey(key)
  if (rules.isReserved(key)) throw configReserved(key)
  return key
}

/**
 * Adds values to a config.
 * @param secret whether the values are secret.
 * @throws GatlingError CONFIG_KEY, CONFIG_RESERVED, CONFIG_VALUE or CONFIG_LARGE. The given config does not change.
 */
export const setValues = (
  config: Config,
  values: ReadonlyMap<string, string>,
  secret: boolean,
  rules: Pick<ValueRules, 'isReserved'>,
): Config => {
  const added = [...values].map(([key, value]) => {
    if (value.includes('\0')) throw configValue(key)
    return [parseKey(key, rules), { value, secret }] as const
  })
  const set = { ...config, values: { ...config.values, ...Object.fromEntries(added) } }
  refuseLarge(set, [...values.keys()])
  return set
}

/**
 * The longest string of an environment, in bytes: 32 pages (execve(2), MAX_ARG_STRLEN), without a KB for what Gatling
 * adds.
 */
const mostOfOne = 127 * 1_024
/**
 * The longest environment, in bytes. All strings have a quarter of the stack's limit (execve(2)), which is usually 2
 * MB; the rest is for arguments.
 */
const mostOfAll = 1_024 * 1_024

const refuseLarge = (config: Config, added: readonly string[]): void => {
  const sizes = Object.entries(plainValues(config)).map(([key, value]) => ({
    key,
    bytes: Buffer.byteLength(`${key}=${value}\0`),
  }))
  const large = sizes.find(({ key, bytes }) => added.includes(key) && bytes > mostOfOne)
  if (large) throw configLarge(large.key, large.bytes, mostOfOne)
  const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  if (all > mostOfAll) throw configLarge(`${added.join(', ')} with all other values`, all, mostOfAll)
}

/**
 * Removes values from a config.
 * @throws GatlingError CONFIG_UNKNOWN if one of the keys is not set. The given config does not change.
 */
export const unsetValues = (
  config: Config,
  keys: readonly string[],
  rules: Pick<ValueRules, 'made'>,
): Config => {
  for (const key of keys) getValue(config, key)
  return {
    ...config,
    // A value that the app must have is made up again.
    values: {
      ...newConfig(rules).values,
      ...Object.fromEntries(Object.entries(config.values).filter(([key]) => !keys.includes(key))),
    },
  }
}

/** Returns one value. @throws GatlingError CONFIG_UNKNOWN. */
export const getValue = (config: Config, key: string): string => {
  const entry = Object.hasOwn(config.values, key) ? config.values[key] : undefined
  if (!entry) throw configUnknown(key, closest(key, Object.keys(config.values)))
  return entry.value
}

/** Returns the values that must never appear in any output. */
export const secretsOf = (config: Config): Record<string, string> => ({
  COOKIE: config.cookie,
  ...Object.fromEntries(
    Object.entries(config.values).flatMap(([key, { value, secret }]) => (secret ? [[key, value]] : [])),
  ),
})

const publicOf = ({ values }: Config): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, { value, secret }]) => (secret ? [] : [[key, value]])),
  )

/** Returns the keys of secrets that are too short to be masked in a log. */
export const unmaskable = (config: Config): string[] =>
  Object.entries(config.values).flatMap(([key, { value, secret }]) =>
    secret && value.length > 0 && value.length < shortestMaskable ? [key] : [],
  )

/** Returns only the values, as environment variables. */
export const plainValues = (config: Config): Record<string, string> =>
  Object.fromEntries(Object.entries(config.values).map(([key, { value }]) => [key, value]))
