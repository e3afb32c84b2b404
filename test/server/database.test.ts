import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLab, type Lab } from './machine.js'
import { createServer, type Server } from './server.js'

let lab: Lab
let server: Server

beforeAll(async () => {
  lab = await createLab()
  server = await createServer(lab, 'db')
})
afterAll(async () => {
  server?.close()
  await lab?.close()
})

const sh = (script: string): Promise<string> => server.machine.sh(script, { timeoutMs: 180_000 })
const info = async (project: string) => JSON.parse(await sh(`gatling db info ${project} --json`))

describe('db create', () => {
  it('makes a database before the first push, with the packages that it needs', async () => {
    const made = await server.over(['db', 'create', 'shop'])
    expect(made.code, made.text).toBe(0)
    expect(made.text).toContain('install_postgresql')
    expect(await info('shop')).toMatchObject({ cluster: 'shop', running: true, connections: { most: 25 } })
    expect(await sh('pg_lsclusters --no-header | wc -l')).toBe('1\n')
  }, 240_000)

  it('changes nothing when it runs again', async () => {
    const again = await sh('gatling db create shop 2>&1')
    expect(again).toBe('shop has a database. The next push uses it.\n')
  })
})
