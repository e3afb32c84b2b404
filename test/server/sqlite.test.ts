import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withSqlite } from '../helpers/postgres.js'
import { lazyVm, root } from '../helpers/world.js'
import { createLab, type Lab } from './machine.js'
import { createServer, type Server, type ServerApp } from './server.js'

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
const path = '/var/lib/gatling/apps/shop/data/shop.db'

describe('an app with SQLite', () => {
  it(
    'gets a path for its database with the first push, and keeps it',
    async () => {
      const push = await shop.push()
      expect(push.code, push.text).toBe(0)
      expect(push.text).toContain(`DATABASE_PATH is ${path}`)
      expect((await server.version('shop.test')).greeting).toBe(`Hello from ${path}`)
      expect(await sh('gatling config get shop DATABASE_PATH')).toBe(`${path}\n`)
      // Its instances can write there, and no other user can look.
      await sh(`setpriv --reuid=gatling-shop --regid=gatling-shop --clear-groups touch ${path}`)
      await expect(sh(`setpriv --reuid=gatling --regid=gatling --clear-groups cat ${path}`)).rejects.toThrow(
        'Permission denied',
      )
    },
    5 * minutes,
  )

  it(
    'can be backed up while it writes, by the commands of docs/sqlite.md',
    async () => {
      const page = readFileSync(join(root, 'docs', 'sqlite.md'), 'utf8')
      const commands = /```sh\ncd \/\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
      const [, vacuum = '', check = ''] = commands.split('\n')
      expect(vacuum).toContain('VACUUM INTO')
      const asShop = commands.split('\n')[0]
      await sh(`apt-get -qq update; apt-get -qq -y install sqlite3 >/dev/null; cd /; rm ${path}; ${asShop}
      as_shop sqlite3 ${path} 'PRAGMA journal_mode=wal; CREATE TABLE carts (n int)' >/dev/null
      (n=0; while [ ! -e /tmp/stop ]; do echo "INSERT INTO carts VALUES ($((++n)));"; done | as_shop sqlite3 ${path}) &
      until [ "$(as_shop sqlite3 ${path} 'SELECT count(*) FROM carts')" -gt 50 ]; do sleep .02; done
      ${vacuum}; touch /tmp/stop; wait`)
      expect(await sh(`cd /; ${asShop}\n${check}`)).toBe('ok\n')
      const backup = path.replace('shop.db', 'backup.db')
      const rows = Number(
        await sh(`sqlite3 ${backup} 'SELECT count(*) = max(n) AND count(*) > 50 FROM carts'`),
      )
      expect(rows).toBe(1)
    },
    2 * minutes,
  )
})
