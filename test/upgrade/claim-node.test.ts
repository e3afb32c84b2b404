import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Runtime } from '../../src/core/runtime.js'
import { localHost } from '../../src/hosts/local.js'
import { instanceEnvironment } from '../../src/stacks/phoenix/environment.js'
import { claimNode } from '../../src/stacks/phoenix/upgrade/claim-node.js'
import { env } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { run } from '../helpers/world.js'

let release: string
let version: string
beforeEach(() => {
  release = mkdtempSync(join(tmpdir(), 'gatling-node-'))
  version = join(release, 'releases', '0.1.0')
  mkdirSync(version, { recursive: true })
  writeFileSync(join(release, 'releases', 'start_erl.data'), '14.2 0.1.0')
})
afterEach(() => rmSync(release, { recursive: true }))

const host = localHost({ environment: process.env, emit: () => {}, signal: new AbortController().signal })
const instance = (config: Readonly<Record<string, string>> = {}): Record<string, string> =>
  instanceEnvironment(
    {
      project: 'shop',
      slot: 'b',
      port: 4001,
      deployDir: '/srv/shop',
      homeDir: '/srv/shop',
      hostName: 'shop.test',
      cookie: 'biscuit',
      distributionPort: 20_003,
    },
    config,
    process.env['PATH'] ?? '',
  )

/** Claims the node of a release with these files, as a deploy does. */
const claim = (envSh: string, vmArgs = '', config: Readonly<Record<string, string>> = {}): Promise<void> => {
  writeFileSync(join(version, 'env.sh'), envSh)
  writeFileSync(join(version, 'vm.args'), vmArgs)
  const services = { variables: async () => instance(config) } as unknown as Runtime['services']
  return claimNode({ ...env, upgrade_dir: release }, { host, services } as unknown as Runtime)
}

/** Returns the variables that a start of the release passes to Erlang. */
const started = async (variables: Record<string, string>, command = 'start') => {
  const script = '. "$RELEASE_ROOT/releases/$RELEASE_VSN/env.sh"; exec env -0'
  const { stdout } = await run(['sh', '-ec', script], {
    env: { ...variables, RELEASE_ROOT: release, RELEASE_VSN: '0.1.0', RELEASE_COMMAND: command },
  })
  return Object.fromEntries(stdout.split('\0').map(line => line.split(/=(.*)/s).slice(0, 2)))
}

/** The file that `fly launch` writes. */
const fly = `export ERL_AFLAGS="-proto_dist inet6_tcp"
export ECTO_IPV6="true"
export DNS_CLUSTER_QUERY="\${FLY_APP_NAME}.internal"
export RELEASE_DISTRIBUTION="name"
export RELEASE_NODE="\${FLY_APP_NAME}-\${FLY_IMAGE_REF##*-}@\${FLY_PRIVATE_IP}"
`

describe("an app's env.sh", () => {
  it.each([
    [
      'sets everything again',
      Object.keys(instance())
        .map(name => `export ${name}=x`)
        .join('\n'),
    ],
    ['returns early', 'export RELEASE_NODE=other@host\nreturn 0'],
    ['unsets all of them', `unset ${Object.keys(instance()).join(' ')}`],
  ])('that %s keeps the variables of the node', async (_, text) => {
    await claim(`${text.replace('export PATH=x', '').replace('unset PATH', 'unset')}\n`)
    const ours = instance()
    const found = await started(ours)
    for (const name of [
      'PORT',
      'HOME',
      'RELEASE_NODE',
      'RELEASE_DISTRIBUTION',
      'RELEASE_COOKIE',
      'GATLING_NODE',
    ])
      expect(found[name], name).toBe(ours[name])
    expect(found['ERL_AFLAGS']).toContain(ours['ERL_AFLAGS'])
  })

  it('can be the one of fly launch, with its other settings', async () => {
    await claim(fly)
    const ours = instance()
    const found = await started(ours)
    expect(found['ERL_AFLAGS']).toBe(`${ours['ERL_AFLAGS']} -proto_dist inet6_tcp`)
    expect(found['ECTO_IPV6']).toBe('true')
    expect(found['RELEASE_NODE']).toBe(ours['RELEASE_NODE'])
  })

  it('can be the one of fly launch, and the instances find each other', async () => {
    await claim(fly)
    const found = await started({ ...instance(), DNS_CLUSTER_QUERY: 'shop-b.gatling' })
    expect(found['DNS_CLUSTER_QUERY']).toBe('shop-b.gatling')
    expect((await started(instance()))['DNS_CLUSTER_QUERY']).toBe('.internal')
  })

  it('can add to the flags of Erlang', async () => {
    await claim('export ERL_AFLAGS="+sbwt none $ERL_AFLAGS"\n')
    const ours = instance()
    expect((await started(ours))['ERL_AFLAGS']).toBe(`+sbwt none ${ours['ERL_AFLAGS']}`)
  })

  it('works alone if Gatling does not start the release', async () => {
    await claim(fly)
    const { GATLING_NODE: _, ...other } = instance()
    expect((await started(other))['ERL_AFLAGS']).toBe('-proto_dist inet6_tcp')
  })

  it('is not overridden in a command that starts no instance', async () => {
    await claim('')
    const caller = { ...instance(), ERL_AFLAGS: `${instance()['ERL_AFLAGS']} -dist_listen false` }
    expect((await started(caller, 'rpc'))['ERL_AFLAGS']).toBe(caller.ERL_AFLAGS)
  })

  it('can fail outside of a running instance', async () => {
    await claim('test -d /run/nowhere\n')
    expect(readFileSync(join(version, 'env.app.sh'), 'utf8')).toBe('test -d /run/nowhere\n')
  })

  it.each([
    ['export A=1\nexport ERL_ZFLAGS="-sname mine"\n', 'line 2 of rel/env.sh.eex has `-sname`'],
    ['export ERL_AFLAGS="$ERL_AFLAGS -erl_epmd_port 1"\n', 'line 1 of rel/env.sh.eex has `-erl_epmd_port`'],
    [
      'export ERL_FLAGS="-kernel inet_dist_use_interface {0,0,0,0}"\n',
      'line 1 of rel/env.sh.eex has `inet_dist_use_interface`',
    ],
  ])('with a flag that conflicts with ours is refused: %j', async (text, said) => {
    const error = await failureOf(() => claim(text))
    expect(error.code).toBe('NODE_FLAG_TAKEN')
    expect(error.message).toContain(said)
  })
})

it('a config value with such a flag is refused', async () => {
  const error = await failureOf(() => claim('', '', { ERL_AFLAGS: '+sbwt none -sname mine' }))
  expect(error.code).toBe('NODE_FLAG_TAKEN')
  expect(error.message).toContain('a config value has `-sname`')
})

describe('vm.args', () => {
  it.each([
    '-name a@b',
    '-sname a',
    '  -setcookie x',
    '+P 1000 -start_epmd true',
    '-kernel inet_dist_listen_min 1',
  ])('with a name, cookie or port of the node is refused: %s', async line => {
    const error = await failureOf(() => claim('', `## A comment\n\n${line}\n`))
    expect(error.code).toBe('NODE_FLAG_TAKEN')
    expect(error.message).toContain(`line 3 of the release's vm.args has \`${line.trim()}\``)
  })

  it('can have all other flags, and any comment', async () => {
    await claim(
      '',
      '+P 300000\n## -name a@b\n#-sname x\n-kernel logger_level info\n-heart\n-env NAME -names\n',
    )
  })
})
