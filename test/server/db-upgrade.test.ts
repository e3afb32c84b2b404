import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installOlder, psqlReader, showNewer, sqlIn } from './database-sql.js'
import { createLab, type Lab, postgres15 } from './machine.js'
import { createServer, type Server, type ServerApp } from './server.js'

let lab: Lab
let server: Server
let shop: ServerApp

/** Selects the version of PostgreSQL and the number of its ticks. */
const versionAndTicks =
  "select current_setting('server_version_num')::int / 10000 || ' ' || count(*) from ticks"

/**
 * Writes a tick every 20 ms as the app, and another as PostgreSQL's own user. Both use the address that the app began
 * with. It notes each confirmed tick.
 */
const witness = `#!/bin/bash
url=$(grep -o 'ecto://[^"]*' /etc/gatling/config/shop.json)
login=$(sed -E 's#ecto://([^:]+):.*#\\1#' <<<"$url") password=$(sed -E 's#ecto://[^:]+:([^@]+)@.*#\\1#' <<<"$url")
export PGPORT=$(sed -E 's#.*localhost:([0-9]+)/.*#\\1#' <<<"$url") PGHOST=$(sed -E 's#.*socket_dir=##' <<<"$url")
cd /
write() {
  while :; do
    "$@" psql -XAtq -v ON_ERROR_STOP=1 app <<'SQL'
insert into ticks (at) values (clock_timestamp()) returning n \\watch 0.02
SQL
    sleep .02
  done >>/confirmed 2>>/troubles
}
write runuser -u postgres -- &
write env PGUSER=$login PGPASSWORD=$password
`

beforeAll(async () => {
  lab = await createLab()
  server = await createServer(lab, 'upgrades', { share: await postgres15() })
  shop = await server.app('shop', psqlReader(versionAndTicks))
  await server.machine.put('/witness', witness, 0o755)
  await sh(installOlder)
  const made = await gatling('db', 'create', 'shop')
  expect(made.code, made.text).toBe(0)
  await sh(showNewer)
  await sql(`create table ticks (n bigserial primary key, at timestamptz not null); alter table ticks owner to app;
    create table names (name text collate "de-x-icu" primary key); insert into names values ('Ä'), ('a'), ('Z');
    select lo_create(1)`)
  expect((await shop.push()).text).toContain('is live')
}, 600_000)
afterAll(async () => {
  server?.close()
  await lab?.close()
})

const sh = (script: string): Promise<string> => server.machine.sh(script, { timeoutMs: 300_000 })
const gatling = (...argv: string[]) => server.over(argv)
const sql = (query: string, cluster = 'shop'): Promise<string> => sqlIn(server.machine, query, cluster)
const info = async () => JSON.parse((await gatling('db', 'info', 'shop', '--json')).stdout)
const clusters = async (): Promise<string> =>
  (await sh("pg_lsclusters --no-header | awk '{ print $1, $2 }' | paste -sd,")).trim()
const leftOver = (): Promise<string> =>
  sh(
    "ls -d /var/lib/postgresql/17/* 2>/dev/null || :; systemctl list-units --plain --no-legend 'gatling-[fsu]*-*'",
  )
const begin = (): Promise<string> =>
  sh(
    'rm -f /confirmed /troubles; systemd-run -q --collect --unit=witness /witness; sleep 1; test -s /confirmed',
  )
/** Counts confirmed ticks that a cluster lacks. */
const lost = async (cluster: string): Promise<number> => {
  await sh('systemctl stop witness')
  const confirmed = (await sh('cat /confirmed')).split('\n').filter(line => line !== '')
  const there = new Set((await sql('select n from ticks', cluster)).split('\n'))
  expect(confirmed.length).toBeGreaterThan(50)
  return confirmed.filter(tick => !there.has(tick)).length
}

const held = `cd / && runuser -u postgres -- psql -XAtqh /run/gatling-databases/shop app -c "select count(*) from pg_locks
  where relation = 'pg_largeobject'::regclass and mode = 'ExclusiveLock' and granted" | grep -q 1`
const upgradeUntilHeld = async (): Promise<void> => {
  await sh('systemd-run -q --collect --unit=upgrading gatling db upgrade shop 17')
  await server.machine.until(held, 'writes to be held')
}

describe('an upgrade of PostgreSQL', () => {
  it('changes nothing if the new version lacks an extension or refuses a table', async () => {
    const own = '/usr/share/postgresql/15/extension/odd'
    await sh(`echo "default_version = '1'" >${own}.control; echo 'select 1;' >${own}--1.sql`)
    await sql('create extension odd')
    const lacking = await gatling('db', 'upgrade', 'shop', '17')
    expect(lacking.text).toContain(
      'PostgreSQL 17 does not have these extensions, which the database uses: odd',
    )
    expect(lacking.text).toContain('The database serves as before')
    await sql('drop extension odd; create table rights (a aclitem)')
    // PostgreSQL 16 stores this type in another format (pg_upgrade, "aclitem").
    const refused = await gatling('db', 'upgrade', 'shop', '17')
    expect(refused.code).toBe(1)
    expect(refused.text).toContain('public.rights.a')
    expect(await clusters()).toBe('15 shop')
    expect(await leftOver()).toBe('')
    await sql('drop table rights')
    expect((await gatling('db', 'upgrade', 'shop', '99')).text).toContain('no postgresql-99')
    expect((await gatling('db', 'upgrade', 'shop', '15')).text).toContain('is not a newer one')
  }, 300_000)

  it('leaves the old version live if it is killed while it holds writes', async () => {
    await begin()
    await upgradeUntilHeld()
    await sh('sleep .5; systemctl kill --signal=KILL upgrading')
    await server.machine.until(`! { ${held}; }`, 'writes to go on')
    const before = await sh('wc -l </confirmed')
    await server.machine.until(`[ $(wc -l </confirmed) -gt ${before.trim()} ]`, 'a tick')
    // The writes waited, and none was refused.
    expect(await sh('cat /troubles')).toBe('')
    expect(await lost('shop')).toBe(0)
    expect((await gatling('db', 'backup', 'shop')).text).toContain('which an interrupted command has left')
    expect(await clusters()).toBe('15 shop')
    expect(await leftOver()).toBe('')
  }, 300_000)

  it('leaves the old version live after a power cut while it holds writes', async () => {
    await upgradeUntilHeld()
    await server.machine.powerCut()
    await server.machine.boot()
    await server.machine.until('curl -sfH "Host: shop.test" http://localhost/version', 'the app')
    expect((await server.version('shop.test')).greeting).toMatch(/^15 \d+$/)
    expect((await gatling('db', 'backup', 'shop')).text).toContain('which an interrupted command has left')
    expect(await clusters()).toBe('15 shop')
    expect(await leftOver()).toBe('')
  }, 300_000)

  it('completes even if the app cannot be swapped, and can be undone until --finish', async () => {
    await begin()
    // Because of this value no new instance can start.
    expect((await gatling('config', 'set', 'shop', 'ERL_ZFLAGS=+P 1')).code).toBe(0)
    const done = await gatling('db', 'upgrade', 'shop', '17')
    expect(done.code, done.text).toBe(0)
    expect(done.text).toContain('failed at swap_instance')
    expect(done.text).toMatch(/Writes will be held for about \d+ s/)
    expect(done.text).toMatch(/shop uses PostgreSQL 17 now, r\d\. Writes were held for [\d.]+ s/)
    const { cluster, version, upgraded_from } = await info()
    expect([version, upgraded_from]).toMatchObject(['17', { label: 'r0', version: '15' }])
    expect(await lost(cluster)).toBe(0)
    expect((await server.version('shop.test')).greeting).toMatch(/^17 \d+$/)
    expect(
      await sql(
        'select array_agg(name order by name), (select count(*) from pg_largeobject_metadata) from names',
        cluster,
      ),
    ).toBe('{a,Ä,Z}|1')
    expect(await sh('systemctl is-active postgresql@15-shop || :')).toBe('inactive\n')
    expect((await gatling('db', 'psql', 'shop', '--on', 'r0')).text).toContain('r0 does not run')

    const since = await sql("insert into ticks (at) values ('2000-01-01') returning n", cluster)
    // The running instance still reaches the new cluster at the old path.
    const finished = await gatling('db', 'upgrade', 'shop', '--finish')
    expect(finished.text).toContain('failed at swap_instance')
    const undoFailed = await gatling('db', 'upgrade', 'shop', '--undo', '--yes')
    expect(undoFailed.text).toContain('failed at swap_instance')
    expect((await server.version('shop.test')).greeting).toMatch(/^17 \d+$/)
    expect((await gatling('config', 'unset', 'shop', 'ERL_ZFLAGS')).code).toBe(0)
    const unsure = await gatling('db', 'upgrade', 'shop', '--undo')
    expect(unsure.text).toContain('was not confirmed')
    const undone = await gatling('db', 'upgrade', 'shop', '--undo', '--yes')
    expect(undone.code, undone.text).toBe(0)
    expect(undone.text).toContain('Everything that was written since')
    expect((await server.version('shop.test')).greeting).toMatch(/^15 \d+$/)
    expect(await sql(`select count(*) from ticks where n = ${since}`, cluster)).toBe('1')
    expect((await gatling('db', 'upgrade', 'shop', '--finish')).text).toContain('was not upgraded')
  }, 400_000)

  it('reports the newer version before it is recorded, and boots into it', async () => {
    // It ends between its switch and its record.
    const databases = '/etc/gatling/databases'
    await sh(`mount --bind ${databases} ${databases} && mount -o remount,bind,ro ${databases}`)
    const cut = await gatling('db', 'upgrade', 'shop', '17')
    expect(cut.code, cut.text).toBe(1)
    const told = async () => {
      const { apps } = JSON.parse((await gatling('status', 'shop', '--json')).stdout)
      const { copies } = JSON.parse((await gatling('db', 'backups', 'shop', '--json')).stdout)
      const serving = copies.filter(({ serves }: { serves: boolean }) => serves)
      return { ...(await info()), state: apps[0].database, serving: serving.length, serves: serving[0].label }
    }
    const newer = {
      version: '17',
      running: true,
      upgraded_from: { label: 'r0' },
      state: 'running',
      serving: 1,
    }
    expect(await told()).toMatchObject(newer)
    expect((await told()).serves).not.toBe('r0')
    await server.machine.powerCut()
    await server.machine.boot()
    await server.machine.until('curl -sfH "Host: shop.test" http://localhost/version', 'the app')
    expect((await server.version('shop.test')).greeting).toMatch(/^17 \d+$/)
    expect(await told()).toMatchObject(newer)
    const done = await gatling('db', 'upgrade', 'shop', '17')
    expect(done.code, done.text).toBe(0)
    expect(done.text).toContain('finishes the interrupted upgrade')
    expect(await told()).toMatchObject(newer)
  }, 400_000)

  it('survives a power cut, and removes the old cluster by --finish', async () => {
    const { cluster } = await info()
    await server.machine.powerCut()
    await server.machine.boot()
    await server.machine.until('curl -sfH "Host: shop.test" http://localhost/version', 'the app')
    expect((await server.version('shop.test')).greeting).toMatch(/^17 \d+$/)
    expect(await sh('systemctl is-active postgresql@15-shop || :')).toBe('inactive\n')

    // A backup from before the upgrade has the older version.
    const { backups } = JSON.parse((await gatling('db', 'backups', 'shop', '--json')).stdout)
    const old = backups.find(({ of }: { of: string }) => of === 'r0')
    const restored = await gatling('db', 'restore', 'shop', '--backup', old.id)
    expect(restored.code, restored.text).toBe(0)
    expect(await clusters()).toMatch(/^15 shop,15 shop\.r\d,/)

    const finished = await gatling('db', 'upgrade', 'shop', '--finish')
    expect(finished.text).toContain('the PostgreSQL 15 of shop, is removed')
    expect(await clusters()).not.toMatch(/15 shop,/)
    expect((await info()).upgraded_from).toBeNull()
    expect(await sql('select count(*) > 0 from ticks', cluster)).toBe('t')
  }, 400_000)
})
