import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlMigration, withMigrations, withSqlite } from '../helpers/postgres.js'
import { lazyVm, run } from '../helpers/world.js'
import { psqlReader, sqlIn } from './database-sql.js'
import { createLab, type Lab } from './machine.js'
import { createServer, load, type Server, type ServerApp } from './server.js'
import { startStorage, storageKeys } from './storage.js'

let lab: Lab
let server: Server
let shop: ServerApp
let storage: Awaited<ReturnType<typeof startStorage>>

beforeAll(async () => {
  lab = await createLab()
  server = await createServer(lab, 'backups')
  shop = await server.app('shop', psqlReader('select count(*) from ticks'))
  storage = await startStorage(lab.hostAddress)
}, 600_000)
afterAll(async () => {
  server?.close()
  await storage?.close()
  await lab?.close()
})

const sh = (script: string): Promise<string> => server.machine.sh(script, { timeoutMs: 300_000 })
const gatling = (...argv: string[]) => server.over(argv)
const sql = (query: string, cluster = 'shop'): Promise<string> => sqlIn(server.machine, query, cluster)
/** Starts a witness that writes a tick every 10 ms, after the tick before is committed. */
const witness = async (cluster: string): Promise<void> => {
  await sh(`port=$(pg_lsclusters --no-header | awk '$2 == "${cluster}" { print $3 }')
    systemd-run -q --unit=witness-${cluster} -p User=postgres bash -c '(echo "\\\\o /dev/null"
      echo "insert into ticks (at) values (clock_timestamp()) \\\\watch 0.01") |
      psql -Xq -h /run/gatling-databases/${cluster} -p '$port' app'`)
}
const setStorage = (address: string, input: string) =>
  server.machine.run(['gatling', 'db', 'storage', address, '--endpoint', storage.endpoint], { input })
const listed = async () => JSON.parse((await gatling('db', 'backups', 'shop', '--json')).stdout)
const status = async () => JSON.parse((await gatling('status', 'shop', '--json')).stdout).apps[0]

describe('a database with backups', () => {
  it('has a backup at once, and its backups can be proved', async () => {
    const made = await gatling('db', 'create', 'shop')
    expect(made.code, made.text).toBe(0)
    await sql(
      'create table ticks (n bigserial primary key, at timestamptz not null); alter table ticks owner to app',
    )
    await sql('insert into ticks (at) select clock_timestamp() from generate_series(1, 1000)')
    expect((await shop.push()).text).toContain('is live')
    expect(await server.version('shop.test')).toMatchObject({ greeting: '1000' })

    const backup = await gatling('db', 'backup', 'shop')
    expect(backup.code, backup.text).toBe(0)
    expect((await listed()).backups).toMatchObject([
      { kind: 'full', of: 'r0', proved_at: null },
      { kind: 'incr', of: 'r0', proved_at: null },
    ])
    const proof = await gatling('db', 'verify', 'shop')
    expect(proof.text).toContain('1 table with 1000 rows are as they were')
    const { backups } = await status()
    expect(backups).toMatchObject({ troubles: [], proved_at: (await listed()).backups[1].proved_at })
    expect(await sh('systemctl list-timers --no-legend --plain')).toMatch(/gatling-backup@shop\.timer/)
  }, 300_000)

  it('is restored to before a dropped table, and promoted without a failed request', async () => {
    await witness('shop')
    await sh('sleep 3')
    const at = await sql('select clock_timestamp()')
    await sh('sleep 1; systemctl stop witness-shop')
    await sql('create table kept as select * from ticks; drop table ticks')
    expect((await server.version('shop.test')).greeting).toContain('relation "ticks" does not exist')

    const restored = await gatling('db', 'restore', 'shop', '--at', at)
    expect(restored.code, restored.text).toBe(0)
    expect(restored.text).toContain('gatling db promote shop r1')
    const count = Number(await sql('select count(*) from ticks', 'shop.r1'))
    expect(count).toBeGreaterThan(1_100)
    // A tick is committed before the next is written, so no tick up to the last one can be missing.
    expect(
      await sql(`select max(n) = ${count} from (select n from kept order by n limit ${count}) first;
        select (select at from kept order by n offset ${count - 1} limit 1) < '${at}';
        select (select at from kept order by n offset ${count + 1} limit 1) > '${at}'`),
    ).toBe('t\nt\nt')
    expect((await server.version('shop.test')).greeting).toContain('does not exist')
    const looked = await server.over(['db', 'psql', 'shop', '--on', 'r1'], {
      input: 'select count(*) from ticks',
    })
    expect(looked.text).toContain(String(count))

    const visitors = load(server.machine.address, 'shop.test', 2)
    const promoted = await gatling('db', 'promote', 'shop', 'r1')
    const { failures } = await visitors.end()
    expect(promoted.code, promoted.text).toBe(0)
    expect(failures).toEqual([])
    expect(await server.version('shop.test')).toMatchObject({ greeting: String(count) })
    const { backups, copies } = await listed()
    expect(copies).toMatchObject([
      { label: 'r0', serves: false },
      { label: 'r1', serves: true },
    ])
    expect(backups.at(-1)).toMatchObject({ kind: 'full', of: 'r1' })
    expect((await gatling('db', 'verify', 'shop')).text).toContain(`1 table with ${count} rows`)
  }, 300_000)

  it('finishes a promotion that was killed after its deploy went live', async () => {
    // The watch of the deploy holds the promotion between the swap and its note, where this kills it.
    await sh(`systemd-run -q --unit=promoting gatling db promote shop r0
      until [ "$(gatling status shop --json | grep -c '"state": "deploying"')" = 1 ]; do sleep .05; done
      systemctl kill --signal=KILL promoting`)
    await server.machine.until('gatling status shop --json | grep -q \'"state": "running"\'', 'the deploy')
    const { copies } = await listed()
    expect(copies).toMatchObject([{ serves: false }, { serves: true }])
    const again = await gatling('db', 'promote', 'shop', 'r0')
    expect(again.code, again.text).toBe(0)
    expect(again.text).toContain('finishes the interrupted promotion of r0, which serves already')
    expect(again.text).toContain('shop uses r0 now. r1, which it used before')
    const now = await listed()
    expect(now.copies).toMatchObject([
      { label: 'r0', serves: true },
      { label: 'r1', serves: false },
    ])
    expect(now.backups.at(-1)).toMatchObject({ of: 'r0' })
    expect((await gatling('db', 'psql', 'shop')).code).toBe(0)
    const back = await gatling('db', 'promote', 'shop', 'r1')
    expect(back.code, back.text).toBe(0)
    expect((await status()).backups.troubles).toEqual([])
  }, 300_000)

  it('reports a failed backup and a lost archive, until the next good backup', async () => {
    const repository = '/var/lib/gatling/backups/shop/repository'
    await sh(`mv ${repository} ${repository}.away`)
    const failed = await gatling('db', 'backup', 'shop')
    expect(failed.code).toBe(1)
    expect(failed.text).toContain('The database serves as before')
    expect((await status()).backups.troubles).toContainEqual(expect.stringMatching(/^the last backup failed/))
    expect((await gatling('doctor', 'shop')).text).toMatch(/✗ the last backup failed/)
    await sh(`rm -rf ${repository}; mv ${repository}.away ${repository}`)

    // A twentieth of the disk must stay free.
    await sh('fallocate -l $(($(df -B1 --output=avail / | tail -n 1) - 200000000)) /full')
    await sql('select pg_current_xact_id(); select pg_switch_wal()', 'shop.r1')
    await server.machine.until('test -s /var/lib/gatling/backups/shop/lost', 'WAL to be given up')
    expect((await gatling('db', 'backup', 'shop')).text).toContain('free, and a backup needs')
    expect((await status()).backups.troubles).toContainEqual(expect.stringMatching(/were not archived/))
    expect((await server.version('shop.test')).greeting).toMatch(/^\d+$/)
    await sh('rm /full')

    const again = await gatling('db', 'backup', 'shop')
    expect(again.code, again.text).toBe(0)
    expect((await status()).backups.troubles).toEqual([])
  }, 300_000)

  it('removes the rest of a killed restore', async () => {
    const { id } = (await listed()).backups.at(-1)
    await sh(`systemd-run -q --unit=restoring gatling db restore shop --backup ${id}`)
    await server.machine.until('test -e /var/lib/postgresql/17/shop.r2', 'files of a restore')
    await sh('systemctl kill --signal=KILL restoring')
    await server.machine.until('! systemctl is-active --quiet restoring', 'the restore to be gone')
    // The next backup removes the rest of a killed restore or proof.
    await sh(`systemd-run -q --unit=proving gatling db verify shop
      until systemctl is-active -q gatling-scratch-shop; do sleep .05; done; systemctl kill --signal=KILL proving`)
    const backup = await gatling('db', 'backup', 'shop')
    expect(backup.text).toContain('removes r2, which an interrupted command has left')
    expect(
      await sh('ls /var/lib/gatling/backups/shop; systemctl is-active gatling-scratch-shop || true'),
    ).toBe('lost\nrepository\ninactive\n')
    expect(await sh('ls -d /var/lib/postgresql/17/* /etc/postgresql/17/* | sort')).not.toContain('r2')
    expect((await listed()).copies.map(({ label }: { label: string }) => label)).toEqual(['r0', 'r1'])
  }, 120_000)

  describe('of an app with migrations', () => {
    const asking = (query: string): Record<string, string> => ({
      'lib/counter.ex':
        withMigrations('till')['lib/counter.ex']?.replace(/ask\(".*"\)/, `ask("${query}")`) ?? '',
    })
    const greeting = async (): Promise<string> => (await server.version('till.test')).greeting

    it('marks a restore point before they run, and returns to it in one swap', async () => {
      const till = await server.app('till', {
        ...lazyVm,
        ...withMigrations('till'),
        ...asking("SELECT 'old ' || min(name) FROM items"),
        ...sqlMigration(1, 'items', "CREATE TABLE items (name text); INSERT INTO items VALUES ('pen')"),
      })
      const made = await gatling('db', 'create', 'till')
      expect(made.code, made.text).toBe(0)
      const first = await till.push()
      expect(first.text).toContain('is live')
      expect(await greeting()).toBe('old pen')

      await sql(
        'create table ticks (n bigserial primary key, at timestamptz not null); alter table ticks owner to app',
        'till',
      )
      await witness('till')
      await till.commit({
        ...asking("SELECT 'new ' || count(*) FROM items"),
        ...sqlMigration(2, 'forget_names', 'ALTER TABLE items DROP COLUMN name'),
      })
      const second = await till.push()
      expect(second.text).toContain(
        'restore point: `gatling db restore till --before 2` restores the data of now',
      )
      expect(await greeting()).toBe('new 1')
      const { points } = JSON.parse((await gatling('db', 'backups', 'till', '--json')).stdout)
      expect(points).toMatchObject([
        { release: 1, of: 'r0' },
        { release: 2, of: 'r0' },
      ])

      const refused = await gatling('rollback', 'till')
      expect(refused.text).toContain('(ROLLBACK_SCHEMA)')
      const failed = await gatling('rollback', 'till', '1', '--with-migrations')
      expect(failed.text).toContain('what it deleted is gone')
      const [, restore = '', promote = ''] =
        /run `gatling ([^`]+)`, then `gatling ([^`]+)`/.exec(failed.text) ?? []
      expect(refused.text).toContain(`\`gatling ${restore}\`, then \`gatling ${promote}\``)
      expect([restore, promote]).toEqual(['db restore till --before 2', 'db promote till r1 --release 1'])

      const visitors = load(server.machine.address, 'till.test', 2)
      const restored = await gatling(...restore.split(' '))
      expect(restored.code, restored.text).toBe(0)
      const promoted = await gatling(...promote.split(' '))
      const { failures } = await visitors.end()
      expect(promoted.code, promoted.text).toBe(0)
      expect(failures).toEqual([])
      expect(await greeting()).toBe('old pen')
      expect(await sql('select version from schema_migrations', 'till.r1')).toBe('1')
      // The copy has all that was committed before the restore point, and nothing that began later.
      const count = Number(await sql('select count(*) from ticks', 'till.r1'))
      expect(count).toBeGreaterThan(100)
      const { at } = points[1]
      expect(
        await sql(
          `select max(n) = ${count} from (select n from ticks order by n limit ${count}) first;
          select (select at from ticks order by n offset ${count + 1} limit 1) > '${at}';
          select count(*) > ${count} from ticks`,
          'till',
        ),
      ).toBe('t\nt\nt')
      expect(await sql('select max(n) from ticks', 'till.r1')).toBe(String(count))
    }, 300_000)

    it('can go forward again, and refuses a release that does not fit its data', async () => {
      await sh('systemctl stop witness-till')
      const unfit = await gatling('db', 'promote', 'till', 'r0', '--release', '3')
      expect(unfit.text).toContain('(RELEASE_GONE)')
      const forward = await gatling('db', 'promote', 'till', 'r0', '--release', '2')
      expect(forward.code, forward.text).toBe(0)
      expect(await greeting()).toBe('new 1')
      const empty = await gatling('db', 'restore', 'till', '--before', '1')
      expect(empty.code, empty.text).toBe(0)
      const refused = await gatling('db', 'promote', 'till', 'r2', '--release', '1')
      expect(refused.text).toContain('the restored database does not fit release 1. It lacks:')
      expect(refused.text).toContain('`gatling db promote till r2 --release 1`')
      expect(await greeting()).toBe('new 1')
      expect(
        await sh('grep -l till.r2 /etc/gatling/config/till.json /etc/gatling/configs/till/* || true'),
      ).toBe('')
      expect(await sh('pg_lsclusters --no-header | grep -c till')).toBe('3\n')
    }, 300_000)

    const traces = `pg_lsclusters --no-header | grep staging || true
      ls /etc/gatling/databases /run/gatling-databases /etc/gatling/backups | grep staging || true
      gatling config list staging | grep DATABASE_URL || true`

    it('is cloned without its passwords and without the rows that --sanitize removes', async () => {
      await sql("CREATE ROLE reporter LOGIN PASSWORD 'secret'", 'till')
      await sh('gatling config set staging X=1')
      const key = await server.newKey('one')
      await server.machine.put('/tmp/one.pub', readFileSync(`${key}.pub`, 'utf8'))
      await sh('gatling keys add /tmp/one.pub --app till --can db --name one')
      expect((await server.over(['db', 'clone', 'till', 'staging'], { key })).text).toContain('(KEY_MAY_NOT)')
      const file = await gatling('db', 'clone', 'till', 'staging', '--sanitize', '/etc/shadow')
      expect(file.text).toContain('standard input')

      const clone = (input: string, ...more: string[]) =>
        server.over(['db', 'clone', 'till', 'staging', '--sanitize', '-', ...more], { input })
      const failed = await clone("DELETE FROM ticks RETURNING 'a row';\nSELECT nope;\n")
      expect(failed.code).toBe(1)
      expect(failed.text).toContain('failed at sanitize')
      expect(failed.text).toContain('column "nope" does not exist')
      expect(failed.text).not.toContain('a row\n')
      expect(await sh(traces)).toBe('')

      const made = await clone('DELETE FROM ticks WHERE n > 5;\n')
      expect(made.code, made.text).toBe(0)
      expect(await sql('SELECT count(*) FROM ticks; SELECT count(*) FROM items', 'staging')).toBe('5\n1')
      const passwords = 'SELECT rolname, rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL'
      const [own, other] = [await sql(passwords, 'till'), await sql(passwords, 'staging')]
      expect(own).toContain('reporter|SCRAM')
      expect(other).toMatch(/^app_1\|SCRAM[^\n]*$/)
      expect(own).not.toContain(other)
      const looked = await server.over(['db', 'psql', 'staging'], { input: 'SELECT count(*) FROM ticks' })
      expect(looked.text).toContain('5')
      expect(await greeting()).toBe('new 1')

      const again = await clone('')
      expect(again.text).toContain('(CLONE_TAKEN)')
      const replaced = await clone('', '--replace')
      expect(replaced.code, replaced.text).toBe(0)
      const { copies } = JSON.parse((await gatling('db', 'backups', 'staging', '--json')).stdout)
      expect(copies).toMatchObject([
        { label: 'r0', serves: false },
        { label: 'r1', serves: true, from: 'the database of till' },
      ])
      const all = 'SELECT count(*) FROM ticks'
      expect(await sql(all, 'staging.r1')).toBe(await sql(all, 'till'))
      expect((await gatling('db', 'psql', 'staging')).code).toBe(0)
    }, 300_000)

    it('removes the rest of a killed clone', async () => {
      await gatling('db', 'destroy', 'staging', '--yes', '--in-use')
      expect(await sh(traces)).toBe('')
      await sh('systemd-run -q --unit=cloning gatling db clone till staging')
      await server.machine.until('test -e /var/lib/postgresql/17/staging', 'files of a clone')
      await sh('systemctl kill --signal=KILL cloning')
      await server.machine.until('! systemctl is-active --quiet cloning', 'the clone to be gone')
      expect(await sh('gatling config list staging')).not.toContain('DATABASE_URL')
      expect((await gatling('db', 'create', 'staging')).code).toBe(0)
      expect(await sql("SELECT count(*) FROM pg_class WHERE relname = 'ticks'", 'staging')).toBe('0')
      expect(await greeting()).toBe('new 1')
    }, 300_000)
  })

  it('has encrypted backups in a storage elsewhere, once that accepts a file', async () => {
    await server.machine.put('/usr/local/share/ca-certificates/storage.crt', storage.authority)
    await sh(`update-ca-certificates --fresh >/dev/null; echo ${lab.hostAddress} storage.test >>/etc/hosts`)
    expect((await gatling('db', 'backup', 'shop', '--to', 'storage')).text).toContain('no storage elsewhere')
    const missing = await setStorage('s3://none/server-1', storageKeys)
    expect(missing.text).toContain('The specified bucket does not exist (NoSuchBucket)')
    const locked = await setStorage('s3://backups/server-1', 'NOBODY\nwrong\n')
    expect(locked.text).toContain('(InvalidAccessKeyId)')
    const other = await storage.whileChecking(() => setStorage('s3://backups/server-1', 'S3RVER\nwrong\n'))
    expect(other.text).toContain('(SignatureDoesNotMatch)')
    expect(other.text).toContain('Give the secret key that belongs to this access key')
    expect(await sh('ls /etc/gatling')).not.toContain('storage.json')
    const right = await storage.whileChecking(() => setStorage('s3://backups/server-0', storageKeys))
    expect(right.code, right.text).toBe(0)
    await sh('gatling db storage --remove --yes')

    const set = await setStorage('s3://backups/server-1', storageKeys)
    expect(set.code, set.text).toBe(0)
    expect(set.text).toContain('gatling db storage --passphrase')
    const first = await gatling('db', 'backup', 'shop', '--to', 'storage')
    expect(first.code, first.text).toBe(0)
    expect((await listed()).backups.at(-1)).toMatchObject({ kind: 'full', of: 'r1', place: 'storage' })
    const proof = await gatling('db', 'verify', 'shop')
    expect(proof.text).toMatch(/, in the storage, is proved: 1 table with \d+ rows/)
    expect((await status()).backups.troubles).toEqual([])
    const { stdout } = await run(['grep', '-rLa', '^Salted__', '--include=*_object', storage.folder])
    expect(stdout.split('\n').filter(path => path.includes('/shop/'))).toEqual([])
    const passphrase = (await sh('gatling db storage --passphrase')).trim()
    expect(passphrase.length).toBeGreaterThan(40)
    expect(await sh('journalctl -b; cat /var/log/gatling/*.jsonl')).not.toContain(passphrase)
    expect(
      await sh('cd /; runuser -u gatling-shop -- cat /etc/gatling/backups/* 2>&1 || true'),
    ).not.toContain(passphrase)
  }, 300_000)

  it('has backups on the machine while the storage is down, which catches up later', async () => {
    storage.lose()
    await sql("insert into ticks (at) values (now() + interval '1 day'); select pg_switch_wal()", 'shop.r1')
    // The former database also archives its changes here, but the storage has no copy of it.
    await sql('create table late (); select pg_switch_wal()', 'shop')
    await server.machine.until('test -s /var/lib/gatling/backups/shop/unsent', 'the storage to take nothing')
    const missed = await gatling('db', 'backup', 'shop')
    expect(missed.code).toBe(1)
    expect(missed.text).toContain('is on this machine, but not in s3://backups/server-1')
    const { backups, storage: away } = await listed()
    expect(away.trouble).toMatch(/NoSuchBucket/)
    expect(backups.at(-1)).toMatchObject({ kind: 'incr', place: 'here', of: 'r1' })
    expect((await status()).backups.troubles).toEqual([
      expect.stringContaining('did not take the last backup'),
    ])
    expect(
      await sql(
        'select last_failed_time is null or last_failed_time < last_archived_time from pg_stat_archiver',
        'shop.r1',
      ),
    ).toBe('t')

    storage.find()
    await server.machine.until(
      'test -z "$(ls /var/lib/gatling/backups/shop/queue)"',
      'the storage to catch up',
    )
    expect((await gatling('db', 'backup', 'shop')).code).toBe(0)
    expect((await status()).backups.troubles).toEqual([])
    const at = await sql('select clock_timestamp()', 'shop.r1')
    const restored = await gatling('db', 'restore', 'shop', '--at', at, '--from', 'storage')
    expect(restored.code, restored.text).toBe(0)
    const [label = ''] = /^r\d+/m.exec(restored.stdout) ?? []
    const count = 'select count(*) from ticks'
    expect(await sql(count, `shop.${label}`)).toBe(await sql(count, 'shop.r1'))
  }, 300_000)

  it('is restored from the storage after the loss of the machine', async () => {
    const passphrase = await sh('gatling db storage --passphrase')
    await sql("insert into ticks (at) values (now() + interval '2 days')", 'shop.r1')
    const segment = await sql('select pg_walfile_name(pg_current_wal_insert_lsn())', 'shop.r1')
    const began = performance.now()
    const archived = `test -e /var/lib/postgresql/17/shop.r1/pg_wal/archive_status/${segment}.done`
    await server.machine.until(
      `${archived} && test -z "$(ls /var/lib/gatling/backups/shop/queue)"`,
      'the last change to be sent',
    )
    // The docs promise a minute. The rest is for a busy machine.
    expect(performance.now() - began).toBeLessThan(75_000)
    const count = await sql('select count(*) from ticks', 'shop.r1')
    // A new machine has no database and no storage either.
    await sh('gatling db destroy shop --yes --in-use --no-dump; gatling db storage --remove --yes')
    expect(await sh('ls /etc/gatling /etc/gatling/backups /var/lib/gatling/backups')).not.toMatch(
      /storage|shop/,
    )

    const wrong = await setStorage('s3://backups/server-1', `${storageKeys}another\n`)
    expect(wrong.code, wrong.text).toBe(0)
    const unread = await gatling('db', 'create', 'shop', '--from', 'storage')
    expect(unread.text).toContain('encrypted with another passphrase')
    expect(await sh('ls /etc/gatling/backups')).not.toContain('source')
    await setStorage('s3://backups/server-1', `${storageKeys}${passphrase}`)
    const back = await gatling('db', 'create', 'shop', '--from', 'storage', '--deploy')
    expect(back.code, back.text).toBe(0)
    expect(await sql('select count(*) from ticks')).toBe(count)
    expect(await server.version('shop.test')).toMatchObject({ greeting: count })
    expect(await sh('ls /etc/gatling/backups')).not.toContain('source')
    expect((await listed()).backups).toMatchObject([{ place: 'here' }, { place: 'storage' }])
    expect((await status()).backups.troubles).toEqual([])
    expect((await gatling('db', 'create', 'shop', '--from', 'storage')).text).toContain('DATABASE_THERE')
  }, 300_000)

  it('removes backups in the storage of a database that stopped serving long ago', async () => {
    const stanzas = 'ls /var/lib/gatling/backups/shop/repository/backup'
    const stored = async (): Promise<string> =>
      (await run(['find', storage.folder, '-name', 'backup.info._S3rver_object'])).stdout
    const restored = await gatling('db', 'restore', 'shop', '--at', await sql('select clock_timestamp()'))
    expect(restored.code, restored.text).toBe(0)
    expect((await gatling('db', 'promote', 'shop', 'r1')).code).toBe(0)
    expect(await stored()).toMatch(/\/backup\/shop\/[\s\S]*\/backup\/shop\.r1\//)
    await sh(`node -e '
      const path = "/etc/gatling/backups/shop.json", then = new Date(Date.now() - 20 * 86400000).toISOString()
      const known = JSON.parse(fs.readFileSync(path, "utf8"))
      Object.assign(known.copies[0], { made_at: then, served: [{ from: then, until: then }] })
      fs.writeFileSync(path, JSON.stringify(known))'`)
    for (const removed of ['removed r0,', 'removed the backups of r0,'])
      expect((await gatling('db', 'backup', 'shop')).text).toContain(removed)
    expect(await sh(stanzas)).toBe('shop.r1\n')
    expect(await stored()).toMatch(/\/backup\/shop\.r1\//)
    // The folders of the two lost machines stay, so this checks only the folder of this database.
    const own = (await listed()).storage.address.replace('s3://', `${storage.folder}/`)
    expect((await run(['ls', `${own}/backup`])).stdout).toBe('shop.r1\n')
    // A waiting change of the removed database must not block the queue.
    await sh(
      `cd /; runuser -u postgres -- touch /var/lib/gatling/backups/shop/queue/000000010000000000000001@shop`,
    )
    await server.machine.until('test -z "$(ls /var/lib/gatling/backups/shop/queue)"', 'the queue to be empty')
    expect(await sh('cat /var/lib/gatling/backups/shop/lost 2>/dev/null || true')).toBe('')
  }, 300_000)

  it('begins with a full backup in a new storage', async () => {
    const moved = await setStorage('s3://backups/server-2', storageKeys)
    expect(moved.code, moved.text).toBe(0)
    const folder = '/var/lib/gatling/backups/shop'
    expect(await sh(`ls ${folder}; systemctl is-active gatling-storage@shop.path || true`)).not.toMatch(
      /queue|stored|^active/m,
    )
    await sql('create table moved (); select pg_switch_wal()', 'shop.r1')
    expect((await status()).backups.troubles).toEqual([])
    const backup = await gatling('db', 'backup', 'shop')
    expect(backup.code, backup.text).toBe(0)
    const { backups, storage: known } = await listed()
    expect(known.address).toContain('s3://backups/server-2/shop/')
    expect(backups.filter(({ place }: { place: string }) => place === 'storage')).toMatchObject([
      { kind: 'full' },
    ])
    await setStorage('s3://backups/server-1', storageKeys)
  }, 300_000)

  describe('of an app with SQLite', () => {
    const path = '/var/lib/gatling/apps/cart/data/cart.db'
    let cart: ServerApp
    const asCart = (statements: string, file = path): Promise<string> =>
      sh(`cd /; runuser -u gatling-cart -- sqlite3 ${file} <<'SQL'\n${statements};\nSQL`)
    const known = async () => JSON.parse((await gatling('db', 'backups', 'cart', '--json')).stdout)
    const troubles = async () =>
      JSON.parse((await gatling('status', 'cart', '--json')).stdout).apps[0].backups.troubles
    const placesOf = async (): Promise<string[]> =>
      (await known()).backups.map(({ place }: { place: string }) => place).sort()

    it('has encrypted backups in the storage, which can be proved', async () => {
      cart = await server.app('cart', { ...lazyVm, ...withSqlite('cart') })
      expect((await cart.push()).text).toContain('is live')
      await server.machine.until(
        '[ "$(gatling db backups cart | grep -c storage$)" = 1 ]',
        'the first backup in the storage',
      )
      await asCart("create table carts (what text); insert into carts values ('a very plain word')")
      const backup = await gatling('db', 'backup', 'cart')
      expect(backup.code, backup.text).toBe(0)
      expect(await placesOf()).toEqual(['here', 'here', 'storage', 'storage'])
      const proof = await gatling('db', 'verify', 'cart')
      expect(proof.text).toMatch(/, in the storage, is proved: 1 table with 1 row/)
      const { backups } = await known()
      expect(backups.slice(-2)).toMatchObject([
        { size: backups.at(-1).size },
        { proved_at: expect.any(String) },
      ])
      expect(await troubles()).toEqual([])
      expect((await run(['grep', '-rla', 'a very plain word', storage.folder])).stdout).toBe('')
      const passphrase = (await sh('gatling db storage --passphrase')).trim()
      expect(await sh('journalctl -b; cat /var/log/gatling/*.jsonl')).not.toContain(passphrase)
    }, 300_000)

    it('has backups on the machine while the storage is down, which catches up later', async () => {
      storage.lose()
      const missed = await gatling('db', 'backup', 'cart')
      expect(missed.code).toBe(1)
      expect(missed.text).toContain('is on this machine, but not in s3://backups/server-1')
      expect(missed.text).toContain('Name a bucket that exists')
      expect(await troubles()).toEqual([expect.stringContaining('did not take the last backup')])
      expect((await gatling('doctor', 'cart')).text).toContain('did not take the last backup')
      expect((await known()).storage.trouble).toMatch(/NoSuchBucket/)
      expect(await placesOf()).toEqual(['here', 'here', 'here'])
      storage.find()
      expect((await gatling('db', 'backup', 'cart')).code).toBe(0)
      expect(await placesOf()).toEqual([...Array(4).fill('here'), ...Array(4).fill('storage')])
      expect(await troubles()).toEqual([])
    }, 300_000)

    it('is restored from the storage, beside the live file and on a new machine', async () => {
      const { id } = (await known()).backups.findLast(({ place }: { place: string }) => place === 'storage')
      const beside = await gatling('db', 'restore', 'cart', '--backup', id, '--from', 'storage')
      expect(beside.code, beside.text).toBe(0)
      expect(await asCart('select * from carts', path.replace('.db', '.r1.db'))).toBe('a very plain word\n')

      expect((await gatling('db', 'create', 'cart', '--from', 'storage')).text).toContain('DATABASE_THERE')
      expect((await gatling('unload', 'cart', '--yes')).code).toBe(0)
      await server.machine.until('! test -e /etc/gatling/apps/cart.json', 'the end of the app')
      await sh('rm -r /etc/gatling/sqlite/cart.* /var/lib/gatling/backups/cart')
      const back = await gatling('db', 'create', 'cart', '--from', 'storage')
      expect(back.code, back.text).toBe(0)
      expect(back.text).toMatch(/cart has its SQLite file back as it was at .*, from backup \w{8}/)
      expect(await sh('ls /var/lib/gatling/backups/cart')).toBe('')
      expect((await cart.push()).code).toBe(0)
      expect((await server.version('cart.test')).greeting).toBe(`Hello from ${path}`)
      expect(await asCart('select * from carts')).toBe('a very plain word\n')
      // A new machine has its own folder in the storage.
      await server.machine.until(
        '[ "$(gatling db backups cart | grep -c storage$)" = 1 ]',
        'the first backup in the storage',
      )
      expect((await run(['ls', `${storage.folder}/backups/server-1/cart`])).stdout).toMatch(
        /^(sqlite-\w+\n){2}$/,
      )
      await sh('gatling unload cart --yes')
    }, 300_000)
  })

  it('is destroyed with its backups', async () => {
    // This removes the databases, and the rest of a killed proof.
    await sh(`systemd-run -q --unit=proving-last gatling db verify shop
      until systemctl is-active -q gatling-scratch-shop; do sleep .05; done; systemctl kill --signal=KILL proving-last`)
    await sh('mkdir -p /var/backups/gatling; touch /var/backups/gatling/shop-20261128T010203Z.dump.part')
    expect((await gatling('db', 'destroy', 'shop', '--yes', '--in-use')).code).toBe(0)
    expect(await sh('ls /var/backups/gatling | grep ^shop')).toMatch(/^shop-\w+\.dump\n$/)
    expect(
      await sh('pg_lsclusters --no-header; ls /etc/gatling/backups /var/lib/gatling/backups'),
    ).not.toContain('shop.')
    expect(await sh("systemctl list-timers --all --no-legend 'gatling-*@shop.timer'")).toBe('')
    expect(await sh('systemctl is-active gatling-scratch-shop || true')).toBe('inactive\n')
  }, 120_000)
})
