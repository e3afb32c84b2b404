import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migration, withEcto } from '../helpers/ecto.js'
import { startLoad } from '../helpers/load.js'
import { type App, createWorld, lazyVm, type Output, run, unwatched, type World } from '../helpers/world.js'

const hooks = `defmodule Counter.UpgradeCallbacks do
  import Gatling.Bash

  def before_mix_ecto_migrate(_env), do: log("before migrating")
  def on_error_mix_ecto_migrate(env), do: log("saw #{env.error.code}")
  def before_mix_ecto_rollback(_env), do: log("before rolling back")
  def after_mix_ecto_rollback(env), do: log("rolled back #{length(env.migrations)}")
`

describe('migrations', () => {
  let world: World
  let app: App
  let database: string
  const lines = (path: string): string[] =>
    existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
  const versions = (): string[] => lines(`${database}.versions`)
  const greeting = async (): Promise<string> => JSON.parse((await app.get('/version')).body).greeting
  const pushed = async (text: string, files: Record<string, string>): Promise<Output> => {
    const counter = app.read('lib/counter.ex').replace(/@greeting ".*"/, `@greeting "${text}"`)
    await app.commit({ 'lib/counter.ex': counter, ...files }, text)
    return app.push()
  }
  /** Starts clients that write. A request fails when code and table do not fit together. */
  const writers = () =>
    startLoad(world.serving().port, 'counter.localhost', {
      path: '/price',
      method: 'POST',
      sockets: 0,
      clients: 2,
    })
  const works = (output: Output): Output => {
    expect(output.code, output.text).toBe(0)
    return output
  }
  const stepsOf = ({ text }: Output): string[] =>
    [...text.matchAll(/^▸ (\w+)$/gm)].map(found => found[1] ?? '')

  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
    app = await world.app('counter', 'counter', { ...lazyVm, ...withEcto(), 'upgrade.exs': `${hooks}end\n` })
    database = join(world.folder, 'database')
    await world.cli('config', 'set', 'counter', `DATABASE_FILE=${database}`)
  })
  afterAll(() => world.close())

  it('run on the first deploy, before the app starts', async () => {
    const first = works(await app.push())
    expect(first.text).toContain('pending: 20240101000000 create_counts')
    expect(stepsOf(first).slice(-4)).toEqual([
      'mix_ecto_setup',
      'mix_ecto_migrate',
      'start_service',
      'configure_nginx',
    ])
    expect(versions()).toEqual(['20240101000000'])
  })

  it('stop the deploy when one fails, which reports the committed ones', async () => {
    const failed = await pushed('Two', {
      ...migration('20240201000000', 'one'),
      ...migration('20240202000000', 'two', { up: 'raise("there is no such table")' }),
      ...migration('20240203000000', 'three'),
    })
    expect(failed.code).not.toBe(0)
    expect(failed.text).toMatch(
      /before migrating\n.*pending: 20240201000000 one\n.*pending: 20240202000000 two\n.*pending: 20240203000000 three/,
    )
    expect(failed.text).toContain(
      'migration 20240202000000 two failed; 1 of 3 were committed and stay: 20240201000000 one. It wrote:',
    )
    expect(failed.text).toContain('(RuntimeError) there is no such table')
    expect(failed.text).toContain('(SCHEMA_MIGRATION_FAILED)')
    expect(failed.text).toContain('saw SCHEMA_MIGRATION_FAILED')
    expect(stepsOf(failed).at(-1)).toBe('mix_ecto_migrate')
    expect(versions()).toEqual(['20240101000000', '20240201000000'])
    expect(await greeting()).not.toBe('Two')
  })

  it('continue with the next push, and stay when that push fails later', async () => {
    const failed = await pushed('Three', {
      'upgrade.exs': `${hooks}  def after_upgrade_service(_env), do: raise("not today")\nend\n`,
      ...migration('20240202000000', 'two', {
        down: `if(File.exists?("${database}.locked"), do: raise("it cannot be reversed"))`,
      }),
    })
    expect(failed.code).not.toBe(0)
    expect(failed.text).not.toContain('pending: 20240201000000')
    expect(failed.text).toContain('the schema stays as migrated: 20240202000000 two, 20240203000000 three')
    expect(lines(database)).toEqual(['create counts', 'one', 'two', 'three'])
    expect(await greeting()).not.toBe('Three')
    const refused = await world.cli('retry', 'counter', '--from', 'configure_nginx')
    expect(refused.text).toContain('make_upgrade_dir, mix_ecto_migrate, upgrade_service.')
  })

  it('are stopped at their timeout', async () => {
    const late = await pushed('Four', {
      'upgrade.exs': `${hooks}end\n`,
      'gatling.toml': `migrate_timeout = "4s"\n${unwatched}`,
      ...migration('20240301000000', 'slow', { up: 'Process.sleep(:infinity)' }),
    })
    expect(late.code).not.toBe(0)
    expect(late.text).toContain(
      'migration 20240301000000 slow was stopped after 4 s; none of 1 was committed',
    )
    expect(late.text).toContain('(SCHEMA_MIGRATION_LATE)')
    expect((await run(['pgrep', '-f', `${world.home}.*Gatling.Schema`])).code).toBe(1)
  })

  it('are only listed with migrate = "off"', async () => {
    const listed = works(await pushed('Five', { 'gatling.toml': `migrate = "off"\n${unwatched}` }))
    expect(listed.text).toContain('pending: 20240301000000 slow')
    expect(await greeting()).toBe('Five')
    expect(versions()).toHaveLength(4)
  })

  const watchesSwaps = '[health]\npath = "/price"\nwatch = "1s"\n\n[upgrade]\nwatch = "0s"\n'

  it('run after the switch with migrate = "after", through migrate/0 of the app', async () => {
    const after = works(
      await pushed('Six', {
        ...shelf('price'),
        'gatling.toml': `migrate = "after"\n${watchesSwaps}`,
        'lib/counter/router.ex': app
          .read('lib/counter/router.ex')
          .replace(/(?= {2}defp route\("GET", \["health"\])/, route),
        'lib/counter/release.ex': `defmodule Counter.Release do
  def migrate do
    IO.puts("by its own migrate/0")
    Ecto.Migrator.run(Counter.Repo, :up, all: true)
  end
end
`,
        ...migration('20240301000000', 'slow'),
      }),
    )
    expect(stepsOf(after).slice(-3)).toEqual(['upgrade_service', 'configure_nginx', 'mix_ecto_migrate'])
    expect(after.text).toContain('by its own migrate/0')
    expect(versions()).toHaveLength(5)
    const { stdout } = await world.cli('steps', 'upgrade', '--project', 'counter')
    expect(stdout.indexOf('mix_ecto_migrate')).toBeGreaterThan(stdout.indexOf('configure_nginx'))
  })

  /** Returns the files of a version that uses this column. It fails when the table has another, as a query does. */
  const shelf = (column: string): Record<string, string> => ({
    'gatling.toml': `[health]\npath = "/price"\nwatch = "0s"\n\n[upgrade]\nwatch = "0s"\n`,
    'lib/counter/shelf.ex': `defmodule Counter.Shelf do
  def status do
    renamed = ~r/RENAME COLUMN \\w+ TO (\\w+)/
    file = File.read!(Counter.Repo.config()[:file])
    last = List.last(Regex.scan(renamed, file)) || [nil, "price"]
    if List.last(last) == "${column}", do: 200, else: 500
  end
end
`,
  })
  const route = `  defp route(method, ["price"], _request) when method in ["GET", "POST"],
    do: text(Counter.Shelf.status(), "a price")\n\n`

  it('that break the live version get a warning, and failed requests are counted', async () => {
    const requests = await writers()
    const renamed = works(
      await pushed('Seven', {
        ...shelf('cost'),
        ...migration('20240401000000', 'rename', {
          up: 'execute("ALTER TABLE shelf RENAME COLUMN price TO cost")',
          down: 'execute("ALTER TABLE shelf RENAME COLUMN cost TO price")',
        }),
      }),
    )
    await requests.stop()
    expect(renamed.text).toMatch(
      /warning: 20240401000000 rename executes ALTER TABLE shelf RENAME COLUMN price TO cost\n.*release 6 serves until the switch/,
    )
    expect(renamed.text).toMatch(
      /warning: release 6 served on the changed schema for [\d.]+ s\. It failed [1-9][\d,]* of [\d,]+ requests then, and 0 of [\d,]+ in the minute before/,
    )
  })

  it('are rolled back under writes, right before the switch to the older release', async () => {
    const requests = await writers()
    const back = works(await world.cli('rollback', 'counter', '6', '--with-migrations', '--mode', 'swap'))
    const { failures } = await requests.stop()
    expect(back.text).toMatch(/release 6 listens on port \d+, and waits for its schema[\s\S]*healthy on port/)
    const gap =
      /warning: release 7 served on the changed schema for [\d.]+ s\. It failed ([\d,]+) of [\d,]+ requests then, and 0 of/
    const told = Number(gap.exec(back.text)?.[1]?.replaceAll(',', ''))
    expect(new Set(failures)).toEqual(new Set(['500']))
    // Each of the two writers can have one more request running at the switch.
    expect(told, back.text).toBeGreaterThan(0)
    expect(failures.length - told).toBeGreaterThanOrEqual(0)
    expect(failures.length - told).toBeLessThanOrEqual(4)
    expect(back.text).toMatch(/watched for [\d.]+ s: [1-9][\d,]* requests, 0 errors/)
    expect(await greeting()).toBe('Six')
    expect(versions()).toHaveLength(5)
    expect((await app.get('/price')).status).toBe(200)
  })

  it('stop a rollback to a newer release that needs them', async () => {
    const ahead = await world.cli('rollback', 'counter', '7')
    expect(ahead.code).toBe(1)
    expect(ahead.text).toContain('20240401000000 rename')
    expect(ahead.text).toContain('(ROLLBACK_AHEAD)')
    expect(stepsOf(ahead)).toEqual(['check_schema'])
    expect(await greeting()).toBe('Six')
  })

  it('are listed by the dry run of a rollback, which changes nothing', async () => {
    const before = [lines(database), (await world.json('history', 'counter')) as unknown[]]
    const told = await world.cli('rollback', 'counter', '1', '--dry-run', '--json')
    expect(told.code, told.text).toBe(1)
    const outlook = JSON.parse(told.stdout)
    expect(outlook).toMatchObject({ from: { release: 6 }, to: { release: 1 }, config: [] })
    const left = (outlook.schema.left as { version: string; reversible: boolean }[]).map(
      ({ version, reversible }) => [version, reversible],
    )
    expect(left).toEqual([
      ['20240301000000', true],
      ['20240203000000', true],
      ['20240202000000', true],
      ['20240201000000', true],
    ])
    expect(outlook.refusal.code).toBe('ROLLBACK_SCHEMA')
    const down = await world.cli('rollback', 'counter', '1', '--dry-run', '--with-migrations')
    expect(down.code, down.text).toBe(0)
    expect(down.stdout).toMatch(/20240301000000 slow +can be rolled back/)
    expect(down.stdout).toContain('Nothing is against it. Nothing was changed.')
    expect((await world.cli('rollback', 'counter', '7', '--dry-run')).stdout).toContain('(ROLLBACK_AHEAD)')
    expect([lines(database), await world.json('history', 'counter')]).toEqual(before)
    expect(await greeting()).toBe('Six')

    const compared = await world.cli('compare', 'counter', '1', '6')
    expect(compared.stdout).toContain('+20240301000000 slow')
    expect(compared.stdout).toMatch(/modules\n {2}Counter\n/)
  })

  it('stop a rollback to a release without them, unless an option decides', async () => {
    const refused = await world.cli('rollback', 'counter', '1')
    expect(refused.code).toBe(1)
    expect(refused.text).toContain('the database has migrations that release 1 does not have:')
    expect(refused.text).toMatch(
      /20240301000000 slow\n +20240203000000 three\n +20240202000000 two\n +20240201000000 one\n/,
    )
    expect(refused.text).toContain('(ROLLBACK_SCHEMA)')
    expect(stepsOf(refused)).toEqual(['check_schema'])
    expect(await greeting()).toBe('Six')

    const both = await world.cli('rollback', 'counter', '1', '--keep-schema', '--with-migrations')
    expect(both.code).toBe(2)
    const kept = works(await world.cli('rollback', 'counter', '1', '--keep-schema'))
    expect(kept.text).toContain('the schema stays as it is')
    expect(await greeting()).not.toBe('Six')
    expect(versions()).toHaveLength(5)
    const forward = works(await world.cli('rollback', 'counter', '6'))
    expect(forward.text).toContain(
      'the database already has the migrations of release 6: 20240201000000 one, ',
    )
    expect(await greeting()).toBe('Six')
  })

  it('are rolled back newest first, and run again when one cannot be', async () => {
    writeFileSync(`${database}.locked`, '')
    const failed = await world.cli('rollback', 'counter', '1', '--with-migrations')
    expect(failed.code).toBe(1)
    expect(failed.text).toContain(
      'migration 20240202000000 two could not be rolled back; 2 of 4 were rolled back: 20240301000000 slow, 20240203000000 three. It wrote:',
    )
    expect(failed.text).toContain('it cannot be reversed')
    expect(failed.text).toContain('(SCHEMA_ROLLBACK_FAILED)')
    expect(await greeting()).toBe('Six')
    expect(failed.text).toContain(
      'ran again for release 6, which still serves: 20240203000000 three, 20240301',
    )
    expect(versions()).toHaveLength(5)

    rmSync(`${database}.locked`)
    const back = works(await world.cli('rollback', 'counter', '1', '--with-migrations'))
    expect(back.text).toMatch(/before rolling back[\s\S]*rolled back 4/)
    expect(stepsOf(back)).toEqual([
      'check_schema',
      'prepare_service',
      'mix_ecto_rollback',
      'upgrade_service',
      'configure_nginx',
    ])
    expect(versions()).toEqual(['20240101000000'])
    expect(lines(database).slice(-3)).toEqual(['drop slow', 'drop three', 'drop one'])
    expect(await greeting()).not.toBe('Six')
  })
})
