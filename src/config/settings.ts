import { parse as parseToml } from 'smol-toml'
import * as v from 'valibot'
import { parseElixir } from '../core/elixir-version.js'
import { bytesIn, mostBody } from '../core/size.js'
import { closest } from '../core/suggest.js'
import { parseDuration } from './duration.js'
import { settingsInvalid } from './errors.js'

/** The longest duration, in ms. A timer of more than 24.8 days would fire at once (setTimeout counts in 32 bits). */
const longestMs = 24 * 3_600_000

const duration = (otherwise: string) =>
  v.optional(
    v.pipe(
      v.string('must be a duration in quotes, like "30s" or "5m"'),
      v.rawTransform(({ dataset, addIssue, NEVER }) => {
        const ms = parseDuration(dataset.value)
        if (ms !== null && ms <= longestMs) return ms
        addIssue({ message: 'must be a duration like "500ms", "30s" or "5m", at most "24h"' })
        return NEVER
      }),
    ),
    otherwise,
  )

const size = (message: string) => v.pipe(v.string(message), v.regex(/^[1-9]\d{0,9}[KMG]$/, message))
const body = v.pipe(
  size('must be a size in quotes, like "10M"'),
  v.check(text => bytesIn(text) <= mostBody, 'must be at most "10G"'),
)
const memory = v.optional(v.nullable(size('must be a size in quotes, like "512M" or "2G"')), null)
const wholeNumber = (least: number) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(least, `must be at least ${least}`),
  )
const percent = v.optional(
  v.nullable(
    v.pipe(
      v.string('must be percent of one processor in quotes, like "50%" or "200%"'),
      v.regex(/^[1-9]\d{0,4}%$/, 'must be percent of one processor, like "50%" or "200%"'),
      v.transform(text => Number(text.slice(0, -1))),
    ),
  ),
  null,
)
const limitsOf = (tasks: number) => ({ memory, cpu: percent, tasks: v.optional(wholeNumber(16), tasks) })
const absolute = 'must be an absolute path in quotes'
const aFolder = 'must be a folder of the repository in quotes, like "dist"'
/** Matches a path inside the repository. No part begins with a dot, so none leads out of it or to git's own files. */
const insideRepository = /^(?!\.)[^/\0]+(\/(?!\.)[^/\0]+)*$/
const aCommand = 'must be a command in quotes, like "npm ci && npm run build"'
const aVersion = 'must be a version in quotes, like "1.18" or "1.18.4"'

/** The schema of `gatling.toml`. Every setting is optional. docs/configuration.md explains each. */
const settingsSchema = v.strictObject({
  release: v.optional(
    v.nullable(v.pipe(v.string('must be a name in quotes'), v.minLength(1, 'must be a name in quotes'))),
    null,
  ),
  migrate: v.optional(v.picklist(['auto', 'off', 'after'], 'must be "auto", "off" or "after"'), 'auto'),
  migrate_timeout: duration('10m'),
  health: v.optional(
    v.strictObject({
      path: v.optional(
        v.pipe(
          v.string('must be a path in quotes'),
          v.regex(/^\/[\x21-\x7e]*$/, 'must begin with / and hold no spaces'),
        ),
        '/',
      ),
      timeout: duration('60s'),
      watch: duration('3s'),
      errors: v.optional(
        v.pipe(
          v.string('must be percent in quotes, like "5%"'),
          v.regex(/^(\d|[1-9]\d|100)%$/, 'must be percent, from "0%" to "100%"'),
          v.transform(text => Number(text.slice(0, -1))),
        ),
        '5%',
      ),
      slower: v.optional(
        v.pipe(
          v.number('must be a number'),
          v.check(times => times === 0 || (times >= 2 && times <= 1_000), 'must be 0, or from 2 to 1000'),
        ),
        4,
      ),
    }),
    {},
  ),
  drain: v.optional(v.strictObject({ timeout: duration('45s') }), {}),
  upgrade: v.optional(
    v.strictObject({
      mode: v.optional(v.picklist(['auto', 'hot', 'swap'], 'must be "auto", "hot" or "swap"'), 'auto'),
      watch: duration('10s'),
      max_hot_generations: v.optional(
        v.pipe(
          v.number('must be a number'),
          v.integer('must be a whole number'),
          v.minValue(0, 'must not be negative'),
        ),
        20,
      ),
      stop_first: v.optional(v.boolean('must be true or false'), false),
      dependencies: v.optional(v.picklist(['swap', 'hot'], 'must be "swap" or "hot"'), 'swap'),
      refresh_views: v.optional(v.boolean('must be true or false'), true),
    }),
    {},
  ),
  app: v.optional(
    v.strictObject({
      stack: v.optional(v.nullable(v.string('must be a name in quotes')), null),
      folder: v.optional(v.nullable(v.pipe(v.string(aFolder), v.regex(insideRepository, aFolder))), null),
    }),
    {},
  ),
  limits: v.optional(v.strictObject(limitsOf(1024)), {}),
  build: v.optional(
    v.strictObject({
      ...limitsOf(2048),
      command: v.optional(v.nullable(v.pipe(v.string(aCommand), v.minLength(1, aCommand))), null),
      path: v.optional(v.nullable(v.pipe(v.string(absolute), v.regex(/^\/[^:]+$/, absolute))), null),
      elixir: v.optional(
        v.nullable(
          v.pipe(
            v.string(aVersion),
            v.check(text => parseElixir(text) !== null, aVersion),
          ),
        ),
        null,
      ),
    }),
    {},
  ),
  releases: v.optional(
    v.strictObject({
      keep: v.optional(wholeNumber(1), 5),
      disk: v.optional(
        v.nullable(v.pipe(size('must be a size in quotes, like "2G"'), v.transform(bytesIn))),
        null,
      ),
    }),
    {},
  ),
  scale: v.optional(v.strictObject({ web: v.optional(v.nullable(wholeNumber(1)), null) }), {}),
  nginx: v.optional(v.strictObject({ max_body: v.optional(body, '10M') }), {}),
  cluster: v.optional(v.strictObject({ mixed: v.optional(v.boolean('must be true or false'), false) }), {}),
  hooks: v.optional(
    v.strictObject({
      timeout: duration('5m'),
      timeouts: v.optional(v.record(v.string(), duration('5m')), {}),
    }),
    {},
  ),
})

export type Settings = v.InferOutput<typeof settingsSchema>

const known = {
  '': [
    'release',
    'migrate',
    'migrate_timeout',
    'health',
    'drain',
    'upgrade',
    'app',
    'limits',
    'build',
    'releases',
    'scale',
    'nginx',
    'cluster',
    'hooks',
  ],
  health: ['path', 'timeout', 'watch', 'errors', 'slower'],
  drain: ['timeout'],
  upgrade: ['mode', 'watch', 'max_hot_generations', 'stop_first', 'dependencies', 'refresh_views'],
  app: ['stack', 'folder'],
  limits: ['memory', 'cpu', 'tasks'],
  build: ['memory', 'cpu', 'tasks', 'command', 'path', 'elixir'],
  releases: ['keep', 'disk'],
  scale: ['web'],
  nginx: ['max_body'],
  cluster: ['mixed'],
  hooks: ['timeout', 'timeouts'],
} as const

/**
 * Reads the text of gatling.toml. An empty text means the defaults.
 * @throws GatlingError SETTINGS_INVALID, with every problem.
 */
export const parseSettings = (text: string, hookNames: readonly string[]): Settings => {
  const result = v.safeParse(settingsSchema, readToml(text))
  if (!result.success) throw settingsInvalid(result.issues.map(describeIssue))
  const unknown = Object.keys(result.output.hooks.timeouts).filter(name => !hookNames.includes(name))
  if (unknown.length > 0) {
    throw settingsInvalid(
      unknown.map(name => `hooks.timeouts.${name}: there is no such hook${hint(name, hookNames)}`),
    )
  }
  return result.output
}

const readToml = (text: string): unknown => {
  try {
    return parseToml(text)
  } catch (error) {
    throw settingsInvalid((error instanceof Error ? error.message : String(error)).trimEnd().split('\n'))
  }
}

const describeIssue = (issue: v.BaseIssue<unknown>): string => {
  const path = v.getDotPath(issue) ?? ''
  if (issue.type === 'strict_object' && issue.expected !== 'never')
    return `${path}: must be a table: [${path}]`
  if (issue.type !== 'strict_object') return `${path}: ${issue.message}`
  const dot = path.lastIndexOf('.')
  const table = path.slice(0, Math.max(dot, 0))
  const names = Object.entries(known).find(([name]) => name === table)?.[1] ?? []
  return `${path}: there is no such setting${hint(path.slice(dot + 1), names)}`
}

const hint = (name: string, names: readonly string[]): string => {
  const near = closest(name, names)
  return near ? `; did you mean ${near}?` : ''
}
