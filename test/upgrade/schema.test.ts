import { describe, expect, it } from 'vitest'
import { endedWith } from '../../src/core/ending.js'
import type { Env, SchemaOptions } from '../../src/core/env.js'
import type { GatlingError } from '../../src/core/error.js'
import { commandFailed } from '../../src/core/errors.js'
import type { Command } from '../../src/core/host.js'
import type { RestorePoint } from '../../src/core/restore-points.js'
import type { Runtime } from '../../src/core/runtime.js'
import { noRestorePoint } from '../../src/databases/backups/errors.js'
import { cancelled } from '../../src/deploy/errors.js'
import { looks } from '../../src/stacks/phoenix/upgrade/looks.js'
import { parseFiles, parseReported, without } from '../../src/stacks/phoenix/upgrade/migrations.js'
import { pointBefore } from '../../src/stacks/phoenix/upgrade/restore-point.js'
import type { PhoenixRuntime } from '../../src/stacks/phoenix/upgrade/runtime.js'
import { listPending, migrate, tellWhatStays } from '../../src/stacks/phoenix/upgrade/schema.js'
import { checkSchema, restoreSchema, rollBackSchema } from '../../src/stacks/phoenix/upgrade/schema-back.js'
import { env, live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { unusedRuntime } from '../helpers/runtime.js'

const release = '/srv/gatling/apps/shop/deploy/releases/7'

describe('the migration files of a release', () => {
  it('are listed by app, folder and version, oldest first', () => {
    const files = parseFiles(
      [
        `${release}/lib/shop-1.2.3/priv/repo/migrations/20240203000000_add_price.exs`,
        `${release}/lib/shop-1.2.3/priv/repo/migrations/.formatter.exs`,
        `${release}/lib/shop-1.2.3/priv/repo/migrations/old/20230101000000_create_items.exs`,
        `${release}/lib/audit-0.1.0-rc.1/priv/repos/log/migrations/1_create_log.exs`,
        `${release}/lib/shop-1.2.3/priv/repo/migrations/seeds.exs`,
        '',
      ].join('\n'),
    )
    expect(files).toEqual([
      { folder: 'audit/priv/repos/log/migrations', version: '1', name: 'create_log' },
      { folder: 'shop/priv/repo/migrations', version: '20230101000000', name: 'create_items' },
      { folder: 'shop/priv/repo/migrations', version: '20240203000000', name: 'add_price' },
    ])
  })

  it('differ by folder and version, but not by name', () => {
    const one = { folder: 'shop/priv/repo/migrations', version: '1', name: 'one' }
    const other = { ...one, folder: 'audit/priv/repo/migrations' }
    const two = { ...one, version: '2', name: 'two' }
    expect(without([one, two], [{ ...one, name: 'renamed' }])).toEqual([two])
    expect(without([one], [other])).toEqual([one])
  })
})

describe('the report of a database about its migrations', () => {
  it('is found in the output of the app, oldest first', () => {
    const folder = `${release}/lib/shop-1.2.3/priv/repo/migrations`
    const output = [
      '10:36:53.641 [info] gatling: up',
      `gatling:down\tShop.Repo\t${folder}\t20240203000000\tadd_price`,
      'gatling:breaks\tShop.Repo\t20240203000000\trenames items.price to cost',
      'gatling:unclear\tShop.Repo\t20240203000000\tit calls Shop.Money.up',
      `gatling:up\tShop.Repo\t${folder}\t20230101000000\tcreate_items`,
      `gatling:up\tShop.Repo\t${folder}\t20220101000000\t** FILE NOT FOUND **`,
    ].join('\n')
    const lists = { breaks: [], stays: [], unclear: [] }
    const known = { repo: 'Shop.Repo', folder: 'shop/priv/repo/migrations', ...lists }
    expect(parseReported(output)).toEqual([
      { ...known, up: true, version: '20220101000000', name: '** FILE NOT FOUND **' },
      { ...known, up: true, version: '20230101000000', name: 'create_items' },
      {
        ...known,
        up: false,
        version: '20240203000000',
        name: 'add_price',
        breaks: ['renames items.price to cost'],
        unclear: ['it calls Shop.Money.up'],
      },
    ])
  })
})

const at = '/srv/shop/deploy/releases/7/lib/shop-1.2.3/priv/repo/migrations'

/** Makes a release with two migrations, or only the first if it is `older`. A run leaves `up` of them up, then fails with `failure`. */
const world = ({
  files = true,
  failure = null as GatlingError | null,
  silent = false,
  up = 0,
  began = 0,
  others = '',
  told = [] as readonly string[],
  says = [] as readonly string[],
  only = 'both' as 'both' | 'new',
  older = false,
} = {}) => {
  const notes: string[] = []
  const ran: string[] = []
  let done = began
  const tell = (): string =>
    ['1\tone', '2\ttwo', ...told]
      .map((one, n) => `gatling:${n < done ? 'up' : 'down'}\tShop.Repo\t${at}\t${one}`)
      .concat(says)
      .join('\n')
  const run = async ({ argv }: Command): Promise<string> => {
    if (argv[0] === 'find') {
      const all = `${at}/1_one.exs\n${at}/2_two.exs\n`
      const found = !files ? '' : older ? `${at}/1_one.exs\n` : all
      const ofLive =
        only === 'new' || !files ? '' : all.replaceAll('/releases/7/', `/releases/${live.release}/`)
      return argv[1] === env.deploy_dir ? `${found}${ofLive}${others}` : found
    }
    const [, call = ''] = /Schema\.(\w+)/.exec(argv[2] ?? '') ?? []
    ran.push(call)
    if (call === 'tell' && silent) throw commandFailed('eval', endedWith(1), ['no connection'])
    if (call === 'tell') return tell()
    done = up
    if (failure) throw failure
    return ''
  }
  const runtime: Runtime = {
    ...unusedRuntime,
    host: { ...unusedRuntime.host, run },
    services: { ...unusedRuntime.services, variables: async () => ({}) },
    note: text => void notes.push(text),
  }
  return { notes, ran, runtime }
}
/** Adds the restore points of a keeper whose app has a database with backups. */
const withPoints = (runtime: Runtime, points: readonly RestorePoint[], mark = async () => true): Runtime => ({
  ...runtime,
  points: { mark, list: async () => ({ points, next: 'r1' }) },
})
const wanting = (options: Partial<SchemaOptions>): Env => ({
  ...env,
  live,
  schema_options: { ...env.schema_options, ...options },
})

const one = { repo: 'Shop.Repo', version: '1', name: 'one' }
const two = { repo: 'Shop.Repo', version: '2', name: 'two' }

describe('a restore point', () => {
  it('is marked before the first migration, with the pending ones', async () => {
    const { notes, ran, runtime } = world({ began: 1, up: 2 })
    const marked: unknown[] = []
    const mark: Runtime['points']['mark'] = async (...args) => {
      marked.push(args, [...ran])
      return true
    }
    await migrate(wanting({}), { ...runtime, points: { mark, list: async () => null } })
    expect(marked).toEqual([['shop', env.release, ['Shop.Repo 2']], ['tell']])
    expect(notes[1]).toBe(
      `restore point: \`gatling db restore shop --before ${env.release}\` restores the data of now`,
    )
  })

  it('that cannot be marked only gives a warning', async () => {
    const { notes, ran, runtime } = world({ up: 2 })
    const mark = async (): Promise<never> => {
      throw noRestorePoint('shop')
    }
    await migrate(wanting({}), withPoints(runtime, [], mark))
    expect(notes).toContain(
      'warning: no restore point, so the data from before these migrations cannot be restored: the database of shop has no backup that a restore could begin with',
    )
    expect(ran).toEqual(['tell', 'migrate', 'tell'])
  })

  it('is announced by a plan, unless no migration will run', async () => {
    const planned = world({ began: 1 })
    await listPending(wanting({}), withPoints(planned.runtime, []))
    expect(planned.notes.at(-1)).toBe('a deploy marks a restore point before it runs them')
    const off = world({ began: 1 })
    await migrate(wanting({ migrate: 'off' }), withPoints(off.runtime, []))
    expect(off.notes).toEqual(['pending: 2 two'])
  })

  it.each([
    ['the last one before all of them', [one, two], 5, 8],
    ['not that of a failed attempt', [two], 5, 9],
    ['none if a migration ran without a point', [{ ...one, version: '3' }, two], 5, undefined],
    ['none if the release is newer', [one, two], 8, undefined],
    ['none without migrations', [], 5, undefined],
  ])('that a rollback names is %s', (_, up, release, expected) => {
    const points = [
      { release: 7, migrations: ['Shop.Repo 1', 'Shop.Repo 2'] },
      { release: 8, migrations: ['Shop.Repo 1', 'Shop.Repo 2'] },
      { release: 9, migrations: ['Shop.Repo 2'] },
    ]
    expect(pointBefore(points, up, release)?.release).toBe(expected)
  })

  it('is named by a deploy that fails after its migrations', async () => {
    const { notes, runtime } = world()
    const points = [{ release: env.release, migrations: ['Shop.Repo 2'] }]
    await tellWhatStays({ ...wanting({}), migrations: [two] }, withPoints(runtime, points))
    expect(notes).toEqual([
      'the schema stays as migrated: 2 two',
      `to serve on the schema and the data of before, run \`gatling db restore shop --before ${env.release}\`, then \`gatling db promote shop r1\``,
    ])
  })

  it('is named with both commands by a rollback that is refused or fails', async () => {
    const way = `run \`gatling db restore shop --before 8\`, then \`gatling db promote shop r1 --release ${env.release}\``
    const points = [{ release: 8, migrations: ['Shop.Repo 2'] }]
    const failed = '/srv/shop/deploy/failed/9/lib/shop-1.3.0/priv/repo/migrations'
    const stray = world({
      began: 3,
      others: `${failed}/2_two.exs\n${failed}/3_three.exs\n`,
      told: ['3\tthree'],
    })
    const none = await failureOf(() => checkSchema(wanting({}), withPoints(stray.runtime, points)))
    expect(none.hint).not.toContain('db restore')
    const known = [{ release: 8, migrations: ['Shop.Repo 3'] }]
    const refused = await failureOf(() => checkSchema(wanting({}), withPoints(stray.runtime, known)))
    expect(refused.code).toBe('ROLLBACK_SCHEMA')
    expect(refused.hint).toContain(way)
    const { runtime } = world({
      began: 2,
      up: 2,
      failure: commandFailed('eval', endedWith(1), ['irreversible']),
    })
    const taken = { ...wanting({ back: 'down' }), migrations: [two] }
    const irreversible = await failureOf(() => rollBackSchema(taken, withPoints(runtime, points)))
    expect(irreversible.code).toBe('SCHEMA_ROLLBACK_FAILED')
    expect(irreversible.hint).toContain(way)
  })
})

describe('a release for a restored database', () => {
  it('is accepted only if the database has exactly its schema', async () => {
    const fits = world({ began: 2 })
    await checkSchema(wanting({ back: 'restored' }), fits.runtime)
    expect(fits.notes).toEqual([`the restored database has the schema of release ${env.release}`])
    const unfit = world({ began: 1 })
    const lacks = await failureOf(() => checkSchema(wanting({ back: 'restored' }), unfit.runtime))
    expect(lacks.code).toBe('RESTORED_UNFIT')
    expect(lacks.message).toContain('It lacks:\n    2 two')
    const more = world({ began: 3, told: ['3\t** FILE NOT FOUND **'] })
    const has = await failureOf(() => checkSchema(wanting({ back: 'restored' }), more.runtime))
    expect(has.message).toContain('It also has:\n    3 ** FILE NOT FOUND **')
  })
})

describe('the migrations of a deploy', () => {
  it('start no VM if the release has none', async () => {
    const { notes, ran, runtime } = world({ files: false })
    expect(await migrate(env, runtime)).toEqual({})
    expect(ran).toEqual([])
    expect(notes).toEqual(['nothing to do: no migration is pending'])
  })

  it('are passed to the next steps', async () => {
    const { notes, runtime } = world({ up: 2 })
    const { migrations } = await migrate(env, runtime)
    expect(migrations).toEqual([
      { repo: 'Shop.Repo', version: '1', name: 'one' },
      { repo: 'Shop.Repo', version: '2', name: 'two' },
    ])
    expect(notes.slice(0, 2)).toEqual(['pending: 1 one', 'pending: 2 two'])
  })

  it('give a warning first if they break the live version', async () => {
    const says = [
      'gatling:breaks\tShop.Repo\t1\trenames items.price to cost',
      'gatling:breaks\tShop.Repo\t1\tremoves items.size',
      'gatling:unclear\tShop.Repo\t2\tit calls Oban.Migration.up',
    ]
    const broken = world({ up: 2, says })
    await migrate(wanting({}), broken.runtime)
    expect(broken.notes.slice(2, 5)).toEqual([
      'warning: 1 one renames items.price to cost; it removes items.size',
      'warning: Gatling cannot tell everything that 2 two changes: it calls Oban.Migration.up',
      'release 6 serves until the switch, and fails where it needs the old schema. Two pushes avoid that (docs/phoenix.md, Migrations)',
    ])
    // In these cases no old version serves.
    for (const alone of [env, wanting({ migrate: 'after' })]) {
      const quiet = world({ up: 2, says })
      await migrate(alone, quiet.runtime)
      expect(quiet.notes.join()).not.toContain('renames')
    }
  })

  it('do not count as done if the app left them out', async () => {
    const { notes, runtime } = world({ up: 1 })
    expect((await migrate(env, runtime)).migrations).toEqual([
      { repo: 'Shop.Repo', version: '1', name: 'one' },
    ])
    expect(notes.at(-1)).toBe("the app's own migrate/0 left 2 two pending")
  })

  it('are listed as committed if somebody cancels', async () => {
    const { notes, runtime } = world({ up: 1, failure: cancelled('jane', 'push', 'shop') })
    await failureOf(() => migrate(env, runtime))
    expect(notes.at(-1)).toBe('the schema stays as migrated: 1 one')
  })

  it('are not blamed if all are up and a later step fails', async () => {
    const { runtime } = world({ up: 2, failure: commandFailed('eval', endedWith(1), ['no seeds']) })
    const { code, message } = await failureOf(() => migrate(env, runtime))
    expect(code).toBe('SCHEMA_MIGRATION_FAILED')
    expect(message).toContain(
      'a step after the migrations failed; 2 of 2 were committed and stay: 1 one, 2 two. It wrote:',
    )
    expect(message).toContain('no seeds')
  })

  it('do not run if the database does not answer', async () => {
    const { ran, runtime } = world({ silent: true })
    const error = await failureOf(() => migrate(env, runtime))
    expect(error.code).toBe('SCHEMA_UNKNOWN')
    expect(error.message).toContain('no connection')
    expect(ran).toEqual(['tell'])
  })

  it.each([
    ['a plan', listPending],
    ['migrate = "off"', migrate],
  ])('are only listed by %s, which works without the database', async (_, work) => {
    const listed = world()
    await work(wanting({ migrate: 'off' }), listed.runtime)
    expect(listed.notes).toEqual(['pending: 1 one', 'pending: 2 two'])
    expect(listed.ran).toEqual(['tell'])
    const away = world({ silent: true })
    await work(wanting({ migrate: 'off' }), away.runtime)
    expect(away.notes).toHaveLength(1)
    expect(away.notes[0]).toContain('could not ask the database')
  })

  it('do not matter to a rollback if both releases have the same', async () => {
    const { notes, ran, runtime } = world()
    await checkSchema(wanting({}), runtime)
    expect(ran).toEqual([])
    expect(notes).toEqual(['nothing to do: this release has every migration of every other release'])
  })

  describe('that only the release of a rollback has', () => {
    it('stop it while the database lacks them, with hints', async () => {
      const error = await failureOf(() => checkSchema(wanting({}), world({ only: 'new', began: 1 }).runtime))
      expect(error.code).toBe('ROLLBACK_AHEAD')
      expect(error.message).toContain(
        'these migrations of release 7, and a rollback runs no migrations:\n    2 two',
      )
      expect(error.hint).toContain('push aaaaaaa again')
      expect(error.hint).toContain('`gatling upgrade shop`')
      expect(error.hint).toContain('`gatling rollback shop 7 --keep-schema`')
      const both = await failureOf(() =>
        checkSchema(wanting({ back: 'down' }), world({ only: 'new' }).runtime),
      )
      expect(both.code).toBe('ROLLBACK_AHEAD')
    })

    it('do not matter if they are up, or the schema must stay', async () => {
      const up = world({ only: 'new', began: 2 })
      await checkSchema(wanting({}), up.runtime)
      expect(up.notes[0]).toBe('the database already has the migrations of release 7: 1 one, 2 two')
      const kept = world({ only: 'new' })
      await checkSchema(wanting({ back: 'keep' }), kept.runtime)
      expect(kept.ran).toEqual([])
    })
  })

  describe('that a rollback reverses', () => {
    const taken = {
      ...wanting({ back: 'down' }),
      migrations: [{ repo: 'Shop.Repo', version: '2', name: 'two' }],
    }

    it('are not checked again after success, to save time before the switch', async () => {
      const { ran, runtime } = world({ began: 2, up: 1 })
      expect(await rollBackSchema(taken, runtime)).toEqual({ schema_changed_at: expect.any(Number) })
      expect(ran).toEqual(['rollback'])
    })

    it('run again after a failure, but only those that are down', async () => {
      const down = world({ began: 1, up: 2 })
      await restoreSchema(taken, down.runtime)
      expect(down.ran).toEqual(['tell', 'restore'])
      expect(down.notes).toEqual([
        'ran again for release 6, which still serves: 2 two. Data that their rollback deleted stays deleted',
      ])
      const untouched = world({ began: 2 })
      await restoreSchema(taken, untouched.runtime)
      expect(untouched.ran).toEqual(['tell'])
    })

    it('are named if they cannot run again', async () => {
      const failure = commandFailed('eval', endedWith(1), ['no such column'])
      const { notes, runtime } = world({ began: 1, up: 1, failure })
      await restoreSchema(taken, runtime)
      expect(notes[0]).toContain(
        'these stay rolled back, although release 6 needs them: 2 two\nno such column',
      )
    })
  })

  describe('of a failed later deploy', () => {
    const failed = '/srv/shop/deploy/failed/9/lib/shop-1.3.0/priv/repo/migrations'
    const stray = (options: Parameters<typeof world>[0] = {}) =>
      world({ ...options, others: `${failed}/3_three.exs\n`, told: ['3\t** FILE NOT FOUND **'], up: 3 })

    it('stop a rollback if they are up', async () => {
      const error = await failureOf(() =>
        checkSchema(wanting({ back: 'refuse' }), stray({ began: 3 }).runtime),
      )
      expect(error.code).toBe('ROLLBACK_SCHEMA')
      expect(error.message).toContain('3 three')
    })

    it('cannot be reversed by the live release', async () => {
      const error = await failureOf(() => checkSchema(wanting({ back: 'down' }), stray({ began: 3 }).runtime))
      expect(error.code).toBe('ROLLBACK_LOST')
    })

    it('do not matter if they are down, must stay, or cannot be read', async () => {
      const down = stray({ began: 2 })
      await checkSchema(wanting({ back: 'refuse' }), down.runtime)
      expect(down.notes).toEqual(['nothing to do: the database has none of 3 three'])
      const kept = stray({ began: 3 })
      await checkSchema(wanting({ back: 'keep' }), kept.runtime)
      expect(kept.ran).toEqual([])
      const silent = stray({ silent: true })
      await checkSchema(wanting({ back: 'refuse' }), silent.runtime)
      expect(silent.notes[0]).toContain('could not ask the database')
    })
  })
})

describe('the outlook of a rollback', () => {
  const failed = '/srv/shop/deploy/failed/9/lib/shop-1.3.0/priv/repo/migrations'
  const equipped = ({ runtime }: ReturnType<typeof world>): PhoenixRuntime => ({
    ...runtime,
    engine: unusedRuntime.engine,
  })
  const swapping = (options: Partial<SchemaOptions>): Env => ({
    ...wanting(options),
    task: 'rollback',
    upgrade_options: { ...env.upgrade_options, mode: 'swap' },
  })
  const met = (options: Partial<SchemaOptions>, of: ReturnType<typeof world>, points: RestorePoint[] = []) =>
    looks.back(swapping(options), withPoints(equipped(of), points))

  it('is empty without asking the database if both releases have the same migrations', async () => {
    const same = world()
    expect(await met({}, same)).toMatchObject({
      plan: { mode: 'swap' },
      ...{ left: [], lacking: [], unknown: null, restore: null, refusal: null },
    })
    expect(same.ran).toEqual([])
  })

  const stray = (options: Parameters<typeof world>[0] = {}) =>
    world({ ...options, others: `${failed}/3_three.exs\n`, told: ['3\t** FILE NOT FOUND **'] })

  it('has the migrations that are up, their way back, and the restore point', async () => {
    const points = [{ release: 8, migrations: ['Shop.Repo 3'] }]
    const outlook = await met({}, stray({ began: 3 }), points)
    expect(outlook.refusal?.code).toBe('ROLLBACK_SCHEMA')
    expect(outlook.left).toEqual([
      {
        repo: 'Shop.Repo',
        version: '3',
        name: 'three',
        reversible: false,
        why: 'its file is in neither release',
      },
    ])
    expect(outlook.restore).toEqual({
      before: 8,
      commands: ['gatling db restore shop --before 8', `gatling db promote shop r1 --release ${env.release}`],
    })
    expect((await met({ back: 'down' }, stray({ began: 3 }))).refusal?.code).toBe('ROLLBACK_LOST')
    const kept = await met({ back: 'keep' }, stray({ began: 3 }))
    expect(kept).toMatchObject({ refusal: null, left: [{ version: '3' }] })
  })

  it('has the migrations that the database lacks', async () => {
    const outlook = await met({}, world({ only: 'new', began: 1 }))
    expect(outlook.lacking).toEqual(['2 two'])
    expect(outlook.refusal?.code).toBe('ROLLBACK_AHEAD')
  })

  it('is unknown if the database does not answer', async () => {
    const away = await met({}, world({ only: 'new', silent: true }))
    expect(away.unknown).toContain('could not ask the database')
    expect(away.refusal?.code).toBe('SCHEMA_UNKNOWN')
    // The two releases have the same migrations, so the rollback is possible.
    expect((await met({}, stray({ silent: true }))).refusal).toBeNull()
  })

  it.each([
    ['stays', 'it has no down/0', false],
    ['unclear', 'it calls Shop.Helpers.audited', null],
    ['other', '', true],
  ])('says whether a migration can be reversed: %s', async (kind, text, reversible) => {
    const says = [`gatling:${kind}\tShop.Repo\t2\t${text}`]
    const older = world({ began: 2, says, older: true })
    const [one] = (await met({}, older)).left
    expect(one).toMatchObject({ version: '2', reversible, why: reversible === true ? null : text })
  })
})
