import { describe, expect, it } from 'vitest'
import { parseSettings } from '../../src/config/settings.js'
import { failureOf } from '../helpers/failure.js'

const hooks = ['before_mix_compile', 'after_mix_compile']
const defaults = {
  release: null,
  migrate: 'auto',
  migrate_timeout: 600_000,
  health: { path: '/', timeout: 60_000, watch: 3_000, errors: 5, slower: 4 },
  drain: { timeout: 45_000 },
  upgrade: {
    mode: 'auto',
    watch: 10_000,
    max_hot_generations: 20,
    stop_first: false,
    dependencies: 'swap',
    refresh_views: true,
  },
  limits: { memory: null, cpu: null, tasks: 1024 },
  app: { stack: null, folder: null },
  build: { memory: null, cpu: null, tasks: 2048, command: null, path: null, elixir: null },
  releases: { keep: 5, disk: null },
  scale: { web: null },
  nginx: { max_body: '10M' },
  cluster: { mixed: false },
  hooks: { timeout: 300_000, timeouts: {} },
}

const problemsOf = async (text: string): Promise<string[]> => {
  const error = await failureOf(() => parseSettings(text, hooks))
  expect(error.code).toBe('SETTINGS_INVALID')
  const [first, ...problems] = error.message.split('\n')
  expect(first).toBe('gatling.toml is not valid:')
  return problems.map(problem => problem.trim())
}

describe('gatling.toml', () => {
  it.each([
    ['', 'nothing'],
    ['# only a comment\n', 'a comment'],
    ['[health]\n[drain]\n[upgrade]\n[hooks]\n[hooks.timeouts]\n', 'empty tables'],
  ])('has every default when it sets nothing: %j', text => {
    expect(parseSettings(text, hooks)).toEqual(defaults)
  })

  it.each([
    ['release = "web"', { ...defaults, release: 'web' }],
    ['migrate = "after"', { ...defaults, migrate: 'after' }],
    ['migrate_timeout = "1h"', { ...defaults, migrate_timeout: 3_600_000 }],
    ['[health]\npath = "/up?deep=1"', { ...defaults, health: { ...defaults.health, path: '/up?deep=1' } }],
    ['[health]\ntimeout = "2m"', { ...defaults, health: { ...defaults.health, timeout: 120_000 } }],
    ['[health]\nslower = 0', { ...defaults, health: { ...defaults.health, slower: 0 } }],
    ['[health]\nerrors = "0%"', { ...defaults, health: { ...defaults.health, errors: 0 } }],
    ['[health]\nwatch = "0s"', { ...defaults, health: { ...defaults.health, watch: 0 } }],
    [
      '[limits]\nmemory = "512M"\ncpu = "150%"\ntasks = 64',
      { ...defaults, limits: { memory: '512M', cpu: 150, tasks: 64 } },
    ],
    ['[app]\nstack = "static"', { ...defaults, app: { stack: 'static', folder: null } }],
    ['[app]\nfolder = "site/out"', { ...defaults, app: { stack: null, folder: 'site/out' } }],
    ['[build]\ncommand = "make"', { ...defaults, build: { ...defaults.build, command: 'make' } }],
    ['[build]\nmemory = "2G"', { ...defaults, build: { ...defaults.build, memory: '2G' } }],
    [
      '[build]\npath = "/opt/elixir/bin"',
      { ...defaults, build: { ...defaults.build, path: '/opt/elixir/bin' } },
    ],
    ['[build]\nelixir = "1.18"', { ...defaults, build: { ...defaults.build, elixir: '1.18' } }],
    ['[scale]\nweb = 3', { ...defaults, scale: { web: 3 } }],
    ['[nginx]\nmax_body = "1G"', { ...defaults, nginx: { max_body: '1G' } }],
    ['[cluster]\nmixed = true', { ...defaults, cluster: { mixed: true } }],
    ['[drain]\ntimeout = "500ms"', { ...defaults, drain: { timeout: 500 } }],
    ['[upgrade]\nmode = "hot"', { ...defaults, upgrade: { ...defaults.upgrade, mode: 'hot' } }],
    ['[upgrade]\nmode = "swap"', { ...defaults, upgrade: { ...defaults.upgrade, mode: 'swap' } }],
    ['[upgrade]\nwatch = "0s"', { ...defaults, upgrade: { ...defaults.upgrade, watch: 0 } }],
    [
      '[upgrade]\nmax_hot_generations = 0',
      { ...defaults, upgrade: { ...defaults.upgrade, max_hot_generations: 0 } },
    ],
    ['[upgrade]\nstop_first = true', { ...defaults, upgrade: { ...defaults.upgrade, stop_first: true } }],
    [
      '[upgrade]\ndependencies = "hot"',
      { ...defaults, upgrade: { ...defaults.upgrade, dependencies: 'hot' } },
    ],
    [
      '[upgrade]\nrefresh_views = false',
      { ...defaults, upgrade: { ...defaults.upgrade, refresh_views: false } },
    ],
    ['[hooks]\ntimeout = "1h"', { ...defaults, hooks: { timeout: 3_600_000, timeouts: {} } }],
    [
      '[hooks.timeouts]\nbefore_mix_compile = "20m"',
      { ...defaults, hooks: { timeout: 300_000, timeouts: { before_mix_compile: 1_200_000 } } },
    ],
  ])('%j changes that setting and no other', (text, settings) => {
    expect(parseSettings(text, hooks)).toEqual(settings)
  })

  it.each([
    ['relaese = "web"', 'relaese: there is no such setting; did you mean release?'],
    ['migrate = "never"', 'migrate: must be "auto", "off" or "after"'],
    ['migrat = "off"', 'migrat: there is no such setting; did you mean migrate?'],
    ['[helth]', 'helth: there is no such setting; did you mean health?'],
    ['[health]\npaht = "/"', 'health.paht: there is no such setting; did you mean path?'],
    ['[drain]\ntimeuot = "1s"', 'drain.timeuot: there is no such setting; did you mean timeout?'],
    ['[hooks]\ntimeuot = "1s"', 'hooks.timeuot: there is no such setting; did you mean timeout?'],
    ['[upgrad]', 'upgrad: there is no such setting; did you mean upgrade?'],
    ['[upgrade]\nwacth = "1s"', 'upgrade.wacth: there is no such setting; did you mean watch?'],
    ['[upgrade]\nmode = "warm"', 'upgrade.mode: must be "auto", "hot" or "swap"'],
    ['[upgrade]\nmode = true', 'upgrade.mode: must be "auto", "hot" or "swap"'],
    ['[upgrade]\nwatch = 10', 'upgrade.watch: must be a duration in quotes, like "30s" or "5m"'],
    ['[upgrade]\nmax_hot_generations = "20"', 'upgrade.max_hot_generations: must be a number'],
    ['[upgrade]\nmax_hot_generations = 1.5', 'upgrade.max_hot_generations: must be a whole number'],
    ['[upgrade]\nmax_hot_generations = -1', 'upgrade.max_hot_generations: must not be negative'],
    ['[upgrade]\ndependencies = "auto"', 'upgrade.dependencies: must be "swap" or "hot"'],
    ['[upgrade]\nrefresh_views = "no"', 'upgrade.refresh_views: must be true or false'],
    ['database_url = "x"', 'database_url: there is no such setting'],
    [
      '[hooks.timeouts]\nbefore_mix_complie = "1s"',
      'hooks.timeouts.before_mix_complie: there is no such hook; did you mean before_mix_compile?',
    ],
    ['[hooks.timeouts]\nlunch = "1h"', 'hooks.timeouts.lunch: there is no such hook'],
    ['release = 3', 'release: must be a name in quotes'],
    ['[nginx]\nmax_body = "11G"', 'nginx.max_body: must be at most "10G"'],
    ['[nginx]\nmax_body = "99999999K"', 'nginx.max_body: must be at most "10G"'],
    ['[nginx]\nmax_body = "0M"', 'nginx.max_body: must be a size in quotes, like "10M"'],
    ['[health]\npath = 3', 'health.path: must be a path in quotes'],
    ['[health]\npath = "up"', 'health.path: must begin with / and hold no spaces'],
    ['[health]\npath = "/a b"', 'health.path: must begin with / and hold no spaces'],
    ['[health]\npath = "/a\\r\\nHost: x"', 'health.path: must begin with / and hold no spaces'],
    ['[health]\nerrors = 5', 'health.errors: must be percent in quotes, like "5%"'],
    ['[health]\nslower = 1.5', 'health.slower: must be 0, or from 2 to 1000'],
    ['[health]\nerrors = "101%"', 'health.errors: must be percent, from "0%" to "100%"'],
    ['[health]\ntimeout = 60', 'health.timeout: must be a duration in quotes, like "30s" or "5m"'],
    [
      '[health]\nwatch = "3 sec"',
      'health.watch: must be a duration like "500ms", "30s" or "5m", at most "24h"',
    ],
    [
      '[drain]\ntimeout = "-1s"',
      'drain.timeout: must be a duration like "500ms", "30s" or "5m", at most "24h"',
    ],
    [
      '[hooks.timeouts]\nbefore_mix_compile = "long"',
      'hooks.timeouts.before_mix_compile: must be a duration like "500ms", "30s" or "5m", at most "24h"',
    ],
  ])('%j is refused', async (text, problem) => {
    expect(await problemsOf(text)).toEqual([problem])
  })

  it.each(['health = 5', 'drain = "45s"', 'upgrade = "hot"', 'hooks = true'])(
    'reports %j as a wrong type, not as an unknown setting',
    async text => {
      const problems = (await problemsOf(text)).join('\n')
      expect(problems).not.toContain('there is no such setting')
    },
  )

  it('refuses an empty release name', async () => {
    const problems = await problemsOf('release = ""')
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^release: must be/)
  })

  it('reports every problem at once', async () => {
    expect(await problemsOf('relaese = "web"\n[health]\npath = "up"\nwatch = 3')).toHaveLength(3)
  })

  it('shows where the TOML itself is broken', async () => {
    const problems = (await problemsOf('[health]\npath = /up\n')).join('\n')
    expect(problems).toContain('path = /up')
  })

  it('refuses a setting given twice', async () => {
    expect((await problemsOf('release = "a"\nrelease = "b"')).join('\n')).toMatch(/redefine|duplicate|twice/i)
  })
})
