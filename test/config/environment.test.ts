import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { buildEnvironment } from '../../src/config/environment.js'
import { nodeName } from '../../src/core/slot.js'
import {
  distributionPortOf,
  type InstanceFacts,
  instanceEnvironment,
  values as rules,
} from '../../src/stacks/phoenix/environment.js'
import { running } from '../../src/stacks/phoenix/running.js'
import { newConfig, plainValues, setValues } from '../../src/state/config.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { run } from '../helpers/world.js'

const folder = temporaryFolders()

const named = (names: readonly string[]) => Object.fromEntries(names.map(name => [name, 'x']))

/** A VM that crashes leaves no dump of its memory in the checkout. */
const always = { LANG: 'C.UTF-8', ERL_CRASH_DUMP_BYTES: '0' }

describe('the environment of a build', () => {
  it('has no variable that points git at another repository', async () => {
    const { stdout } = await run(['git', 'rev-parse', '--local-env-vars'])
    const names = stdout.split('\n').filter(Boolean)
    expect(names).toContain('GIT_DIR')
    const environment = buildEnvironment(
      { ...named(names), GIT_CONFIG_KEY_0: 'x', GIT_CONFIG_VALUE_0: 'x' },
      {},
    )
    expect(Object.keys(environment)).toEqual(Object.keys(always))
  })

  it('keeps git settings that somebody made on purpose', () => {
    const kept = { GIT_SSH_COMMAND: 'ssh -i key', GIT_AUTHOR_NAME: 'Jane', GIT_TERMINAL_PROMPT: '0' }
    expect(buildEnvironment(kept, {})).toMatchObject(kept)
  })

  it('has nothing from the release or package script that started Gatling', () => {
    const names = [
      'RELEASE_NAME',
      'RELEASE_ROOT',
      'RELEASE_COOKIE',
      'ROOTDIR',
      'BINDIR',
      'EMU',
      'PROGNAME',
      'MIX_ENV',
      'NODE_ENV',
      'NODE_OPTIONS',
      'npm_config_cache',
      'PORT',
      'PHX_SERVER',
    ]
    expect(Object.keys(buildEnvironment(named(names), {}))).toEqual(Object.keys(always))
  })

  it('keeps other variables, and adds a UTF-8 locale where there is none', () => {
    const own = { PATH: '/usr/bin', HOME: '/home/jane', MIX_HOME: '/mix', HEX_MIRROR: 'http://hex' }
    expect(buildEnvironment(own, {})).toEqual({ ...own, ...always })
    expect(buildEnvironment({ LANG: 'de_DE.UTF-8' }, {})).toEqual({ ...always, LANG: 'de_DE.UTF-8' })
  })

  it('makes a crashing VM leave no dump, which would contain secrets', async () => {
    const cwd = folder()
    const crash = ['erl', '-noshell', '-eval', 'erlang:halt("a crash").'] as const
    const { code } = await run(crash, { cwd, env: buildEnvironment({}, {}) })
    expect(code).not.toBe(0)
    expect(readdirSync(cwd)).toEqual([])
  })

  it('lets config override a variable of the machine', () => {
    expect(
      buildEnvironment({ DATABASE_URL: 'own', LANG: 'C' }, { DATABASE_URL: 'config', KEY: 'v' }),
    ).toEqual({
      ...always,
      DATABASE_URL: 'config',
      KEY: 'v',
      LANG: 'C',
    })
  })
})

const facts: InstanceFacts = {
  project: 'shop',
  slot: 'b',
  port: 4001,
  deployDir: '/srv/shop/deploy',
  homeDir: '/srv/shop/deploy',
  hostName: 'shop.example.com',
  cookie: 'biscuit',
  distributionPort: 20_003,
}

/** The hash that everybody may see instead of the cookie. */
const shown = createHash('sha256').update('biscuit').digest('hex').slice(0, 32)
const flags = `-setcookie ${shown} -kernel inet_dist_use_interface {127,105,224,71} -proto_dist inet_tcp -start_epmd false -erl_epmd_port 20003`

describe('the environment of an instance', () => {
  it('takes nothing from the environment of Gatling', () => {
    process.env['RELEASE_NODE'] = 'parent@127.0.0.1'
    process.env['MIX_ENV'] = 'test'
    try {
      expect(instanceEnvironment(facts, {}, '/usr/bin')).toEqual({
        PATH: '/usr/bin',
        LANG: 'C.UTF-8',
        HOME: '/srv/shop/deploy',
        PHX_HOST: 'shop.example.com',
        PHX_SERVER: 'true',
        PORT: '4001',
        ERL_CRASH_DUMP_BYTES: '0',
        ERL_AFLAGS: flags,
        ERL_EPMD_PORT: '1',
        GATLING_FLAGS: flags,
        GATLING_NODE: '127.105.224.71:20003',
        RELEASE_NODE: 'shop_b@127.105.224.71',
        RELEASE_DISTRIBUTION: 'name',
        RELEASE_COOKIE: shown,
        GATLING_COOKIE: 'biscuit',
        RELEASE_TMP: '/srv/shop/deploy/tmp/b',
      })
    } finally {
      delete process.env['RELEASE_NODE']
      delete process.env['MIX_ENV']
    }
  })

  const meeting = { address: '10.83.2.35', port: 32_534, name: 'shop-b.gatling' }

  it('lets dns_cluster find the instances on other machines', () => {
    expect(instanceEnvironment({ ...facts, meeting }, {}, '/usr/bin')).toMatchObject({
      DNS_CLUSTER_QUERY: 'shop-b.gatling',
      ERL_INETRC: expect.stringMatching(/\/erlang\/cluster\.inetrc$/),
      RELEASE_NODE: 'shop@10.83.2.35',
      GATLING_NODE: '10.83.2.35:32534',
      ERL_AFLAGS: `-setcookie ${shown} -kernel inet_dist_use_interface {10,83,2,35} -kernel inet_dist_connect_options [{ip,{10,83,2,35}}] -proto_dist inet_tcp -start_epmd false -erl_epmd_port 32534`,
    })
  })

  it('lets config name another cluster', () => {
    const config = { DNS_CLUSTER_QUERY: 'shop.internal', ERL_INETRC: '/srv/inetrc' }
    expect(instanceEnvironment({ ...facts, meeting }, config, '/usr/bin')).toMatchObject(config)
  })

  it('keeps a program beside the app out of its cluster', () => {
    const beside = running.beside(instanceEnvironment({ ...facts, meeting }, {}, '/usr/bin'))
    expect(Object.keys(beside)).not.toContain('DNS_CLUSTER_QUERY')
    expect(beside['ERL_AFLAGS']).toMatch(/ -dist_listen false$/)
  })

  it('lets config change what Gatling does not depend on', () => {
    const config = {
      PHX_HOST: 'www.shop.com',
      LANG: 'de_DE.UTF-8',
      ERL_AFLAGS: '+sbwt none',
    }
    expect(instanceEnvironment(facts, config, '/usr/bin')).toMatchObject({
      PHX_HOST: 'www.shop.com',
      LANG: 'de_DE.UTF-8',
      ERL_AFLAGS: `${flags} +sbwt none`,
    })
  })

  it('does not let config change how Gatling finds the instance', () => {
    const plain = instanceEnvironment(facts, {}, '/usr/bin')
    const names = Object.keys(plain).filter(name =>
      /^(PORT|PHX_SERVER|RELEASE_|GATLING_|ERL_EPMD)/.test(name),
    )
    expect(names).toHaveLength(10)
    const changed = instanceEnvironment(facts, named(names), '/usr/bin')
    for (const name of names) expect(changed[name]).toBe(plain[name])
  })

  it('refuses a config value that it would otherwise ignore', async () => {
    const plain = instanceEnvironment(facts, {}, '/usr/bin')
    const changed = instanceEnvironment(facts, named(Object.keys(plain)), '/usr/bin')
    const ignored = Object.keys(plain).filter(name => changed[name] === plain[name])
    expect(ignored).toContain('PORT')
    for (const name of ignored) {
      const error = await failureOf(() => setValues(newConfig(rules), new Map([[name, 'x']]), true, rules))
      expect(error.code).toBe('CONFIG_RESERVED')
    }
  })

  it('names the port of its Erlang node, unless an older Gatling started it', () => {
    expect(distributionPortOf(instanceEnvironment(facts, {}, '/usr/bin'))).toBe(20_003)
    expect(distributionPortOf({ ERL_EPMD_PORT: '4369' })).toBe(null)
  })

  it('differs between the slots, so that two versions run side by side', () => {
    const other = instanceEnvironment({ ...facts, slot: 'a' }, {}, '/usr/bin')
    const one = instanceEnvironment(facts, {}, '/usr/bin')
    for (const name of ['RELEASE_NODE', 'RELEASE_TMP']) {
      expect(other[name]).not.toBe(one[name])
    }
    expect(nodeName('shop', 'a')).toBe('shop_a@127.105.224.71')
  })

  it('passes values to a process byte for byte', async () => {
    const value = 'a "quoted" \'$HOME\' `x` \\ \n\tä€😀 =#{1}'
    const config = plainValues(setValues(newConfig(rules), new Map([['KEY', value]]), true, rules))
    const environment = instanceEnvironment(facts, config, process.env['PATH'] ?? '')
    const { stdout } = await run([process.execPath, '-p', 'JSON.stringify(process.env.KEY)'], {
      env: environment,
    })
    expect(JSON.parse(stdout)).toBe(value)
  })
})
