import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withSqlite } from '../helpers/postgres.js'
import { lazyVm } from '../helpers/world.js'
import { createLab, type Lab } from './machine.js'
import { createServer, load, type Server, type ServerApp } from './server.js'

let lab: Lab
let server: Server
let shop: ServerApp

beforeAll(async () => {
  lab = await createLab()
  server = await createServer(lab, 'sqlite')
  shop = await server.app('shop', { ...lazyVm, ...withSqlite() })
})
afterAll(async () => {
  server?.close()
  await lab?.close()
})

const minutes = 60_000
const sh = (script: string): Promise<string> => server.machine.sh(script, { timeoutMs: 3 * minutes })
const gatling = (...argv: string[]) => server.over(argv)
const listed = async () => JSON.parse((await gatling('db', 'backups', 'shop', '--json')).stdout)
const status = async () => JSON.parse((await gatling('status', 'shop', '--json')).stdout).apps[0]
const shopUser = 'as_shop() { setpriv --reuid=gatling-shop --regid=gatling-shop --clear-groups "$@"; };'
/** Returns the result of SQL in the first file, as the app's own user. */
const asShop = (sql: string): Promise<string> =>
  sh(`cd /; ${shopUser}\nas_shop sqlite3 ${path} <<'SQL'\n${sql};\nSQL`)
const path = '/var/lib/gatling/apps/shop/data/shop.db'

describe('an app with SQLite', () => {
  it(
    'gets a path for its database with the first push',
    async () => {
      const push = await shop.push()
      expect(push.code, push.text).toBe(0)
      expect(push.text).toContain(`DATABASE_PATH is ${path}`)
      expect(push.text).toContain('That file is backed up every day')
      expect((await server.version('shop.test')).greeting).toBe(`Hello from ${path}`)
      expect(await sh('gatling config get shop DATABASE_PATH')).toBe(`${path}\n`)
      // Its instances can write there, and no other user can read.
      await sh(`setpriv --reuid=gatling-shop --regid=gatling-shop --clear-groups touch ${path}`)
      await expect(sh(`setpriv --reuid=gatling --regid=gatling --clear-groups cat ${path}`)).rejects.toThrow(
        'Permission denied',
      )
    },
    5 * minutes,
  )

  it(
    'is backed up when it goes live, and every day',
    async () => {
      await server.machine.until('[ "$(gatling db backups shop | grep -c full)" = 1 ]', 'the first backup')
      expect(await listed()).toMatchObject({
        backups: [{ kind: 'full', of: 'r0', proved_at: null }],
        copies: [{ label: 'r0', serves: true }],
      })
      for (const timer of ['backup', 'proof'])
        await sh(
          `systemctl is-enabled gatling-${timer}@shop.timer; systemctl is-active gatling-${timer}@shop.timer`,
        )
      expect((await status()).backups).toMatchObject({ proved_at: null, troubles: [] })
      expect((await gatling('doctor', 'shop')).text).toContain('the database was backed up')
      const other = await gatling('db', 'info', 'shop')
      expect(other.text).toContain(`it uses the SQLite file ${path}`)
    },
    3 * minutes,
  )

  it(
    'can be backed up while it writes, and proved',
    async () => {
      await asShop(`PRAGMA journal_mode=wal; CREATE TABLE carts (n int); CREATE TABLE "odd "" name" (n int)`)
      await sh(`cd /; ${shopUser}
      (n=0; while [ ! -e /tmp/stop ]; do echo "INSERT INTO carts VALUES ($((++n)));"; done | as_shop sqlite3 ${path}) &
      until [ "$(as_shop sqlite3 ${path} 'SELECT count(*) FROM carts')" -gt 50 ]; do sleep .02; done
      gatling db backup shop; touch /tmp/stop; wait`)
      const proof = await gatling('db', 'verify', 'shop')
      const [, tables, rows] =
        /is proved: (\d+) tables with (\d+) rows are as they were/.exec(proof.text) ?? []
      expect([tables, Number(rows) > 50], proof.text).toEqual(['2', true])
      const { backups } = await status()
      expect(backups).toMatchObject({ troubles: [], proved_at: (await listed()).backups[1].proved_at })
      // The audit must also have the weekly proof.
      await sh('systemctl start gatling-proof@shop.service')
      expect((await gatling('audit', 'shop')).text).toMatch(/root +- +shop +db verify +ok/)
    },
    3 * minutes,
  )

  it(
    'is restored beside its live file, and promoted without a failed request',
    async () => {
      const count = Number(await asShop('SELECT count(*) FROM carts'))
      await gatling('db', 'backup', 'shop')
      await asShop('DROP TABLE carts')
      const { id } = (await listed()).backups.at(-1)
      const restored = await gatling('db', 'restore', 'shop', '--backup', id)
      expect(restored.code, restored.text).toBe(0)
      const look = /Look at it: +gatling (run shop sqlite3 -readonly (\S+))/.exec(restored.text) ?? []
      expect(look[2]).toBe('/var/lib/gatling/apps/shop/data/shop.r1.db')
      const looked = await gatling(...(look[1] ?? '').split(' '), 'SELECT count(*) FROM carts')
      expect(looked.text.trim()).toBe(String(count))
      expect((await server.version('shop.test')).greeting).toBe(`Hello from ${path}`)

      const visitors = load(server.machine.address, 'shop.test', 2)
      const promoted = await gatling('db', 'promote', 'shop', 'r1')
      const { failures } = await visitors.end()
      expect(promoted.code, promoted.text).toBe(0)
      expect(failures).toEqual([])
      expect((await server.version('shop.test')).greeting).toBe(`Hello from ${look[2]}`)
      expect(await sh('gatling config list shop')).toContain(`${look[2]}`)
      const { backups, copies } = await listed()
      expect(copies).toMatchObject([
        { label: 'r0', serves: false },
        { label: 'r1', serves: true },
      ])
      expect(backups.at(-1)).toMatchObject({ of: 'r1' })

      // No backup is older than this time.
      const early = await gatling('db', 'restore', 'shop', '--at', '2020-01-01 10:00')
      expect(early.text).toContain('no backup ended before that time')
    },
    4 * minutes,
  )

  it(
    'finishes a promotion that was killed after its deploy went live',
    async () => {
      await sh(`systemd-run -q --unit=promoting gatling db promote shop r0
      until [ "$(gatling status shop --json | grep -c '"state": "deploying"')" = 1 ]; do sleep .05; done
      systemctl kill --signal=KILL promoting`)
      await server.machine.until('gatling status shop --json | grep -q \'"state": "running"\'', 'the deploy')
      const backup = await gatling('db', 'backup', 'shop')
      expect(backup.text).toContain('finishes the interrupted promotion of r0, which serves already')
      expect((await listed()).copies).toMatchObject([
        { label: 'r0', serves: true },
        { label: 'r1', serves: false },
      ])
    },
    4 * minutes,
  )

  it(
    'removes the rest of a killed restore',
    async () => {
      const { id } = (await listed()).backups.at(-1)
      // The app's user runs sync just before the file gets its name. The restore waits there for its end.
      await sh(`printf '#!/bin/sh\\nexec sleep 600\\n' >/root/sync; chmod 755 /root/sync
      mount --bind /root/sync /usr/bin/sync
      systemd-run -q --unit=restoring gatling db restore shop --backup ${id}
      until pgrep -fx 'sleep 600' >/dev/null; do sleep .05; done
      systemctl kill --signal=KILL restoring
      pkill -fx 'sleep 600'; umount -l /usr/bin/sync; rm /root/sync`)
      await server.machine.until('! systemctl is-active --quiet restoring', 'the restore to be gone')
      const backup = await gatling('db', 'backup', 'shop')
      expect(backup.text).toContain('removes r2, which an interrupted command has left')
      expect(await sh('ls /var/lib/gatling/apps/shop/data /var/lib/gatling/backups/shop')).not.toMatch(
        /r2|spool/,
      )
      expect((await listed()).copies.map(({ label }: { label: string }) => label)).toEqual(['r0', 'r1'])
    },
    2 * minutes,
  )

  it(
    'reports a failed backup and a wrong one, and follows no link as root',
    async () => {
      const state = '/etc/gatling/sqlite/shop.json'
      await sh(`cp ${state} /root/state; sed -i 's/"rows": 0/"rows": 7/' ${state}`)
      const proof = await gatling('db', 'verify', 'shop')
      expect(proof.text).toContain('has 0 rows, and had 7')
      expect((await status()).backups.troubles[0]).toMatch(/^the last proof of a backup failed/)
      await sh(`cp /root/state ${state}`)

      await sh(`cd /var/lib/gatling/apps/shop/data; ${shopUser}
      as_shop mv shop.db away.db; as_shop ln -s /etc/gatling/sqlite/shop.json shop.db`)
      const failed = await gatling('db', 'backup', 'shop')
      expect(failed.code).toBe(1)
      expect(failed.text).toContain('The app goes on as before')
      expect((await status()).backups.troubles[0]).toMatch(/^the last backup failed.*SQLite failed on/)
      await sh(`cd /var/lib/gatling/apps/shop/data; ${shopUser} as_shop mv -T away.db shop.db`)
      expect((await gatling('db', 'backup', 'shop')).code).toBe(0)
      expect((await status()).backups.troubles).toEqual([])
      const found = await gatling(
        'run',
        'shop',
        'sh',
        '-c',
        'ls /var/lib/gatling/backups/shop/restic /etc/gatling/sqlite',
      )
      expect(found.text).toMatch(/(Permission denied[\s\S]*){2}/)
    },
    3 * minutes,
  )

  it(
    'has its backups again after an unload, and a last one after a teardown',
    async () => {
      const before = (await listed()).backups.length
      expect((await gatling('unload', 'shop', '--yes')).code).toBe(0)
      await server.machine.until('! test -e /etc/gatling/apps/shop.json', 'the end of the app')
      await sh('! systemctl is-enabled gatling-backup@shop.timer')
      expect((await shop.push()).code).toBe(0)
      await server.machine.until(
        `[ "$(gatling db backups shop | grep -c full)" = ${before + 1} ]`,
        'the first backup of the app that came back',
      )
      await sh('systemctl is-enabled gatling-backup@shop.timer')
      await sh('gatling teardown --yes')
      expect(await sh('ls /var/backups/gatling')).toMatch(/^shop-.*Z\.db$/m)
      await sh('! test -e /etc/systemd/system/gatling-backup@.timer; ! test -e /etc/gatling')
    },
    5 * minutes,
  )
})
