import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withSqlite } from '../helpers/postgres.js'
import { lazyVm } from '../helpers/world.js'
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
})
