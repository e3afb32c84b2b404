import { expect, it } from 'vitest'
import { onServer } from './on-server.js'

const modules = `
import * as fs from 'node:fs'
const { createApp } = await import('./dist/server/apps.js')
const { changes } = await import('./dist/server/setup.js')
const root = '/var/lib/gatling/apps/shop'
`
const answer = async (script: string): Promise<unknown> => {
  const { stdout, text } = await onServer(`${modules}${script}`)
  try {
    return JSON.parse(stdout)
  } catch {
    throw new Error(text)
  }
}

it('a hook runs the program of the server, and setup mends one that runs another', async () => {
  const { mended, before, hook, after } = (await answer(`
await createApp('shop')
const path = root + '/repo.git/hooks/proc-receive'
const hook = fs.readFileSync(path, 'utf8')
const ofShop = () => changes({ elixir: false, keys: null }).find(({ about }) => about.includes('pushes to shop'))
fs.writeFileSync(path, 'exec /opt/node-18/bin/node gatling.js receive shop')
const before = await ofShop().isMade()
await ofShop().make()
console.log(JSON.stringify({ before, hook, mended: fs.readFileSync(path, 'utf8'), after: await ofShop().isMade() }))
`)) as Record<string, unknown>
  expect(hook).toContain("'/usr/local/lib/gatling/bin/gatling' receive 'shop'")
  expect({ before, mended, after }).toEqual({ before: false, mended: hook, after: true })
})

it.each(['enabled', 'active'])('setup opens a door that is not %s, whatever had it closed', async state => {
  const { before, asked } = (await answer(`
await createApp('shop')
const ofShop = () => changes({ elixir: false, keys: null }).find(({ about }) => about.includes('units of shop'))
const open = await ofShop().isMade()
fs.writeFileSync('/run/gatling-door@shop.socket.not-${state}', '')
const before = [open, await ofShop().isMade()]
fs.rmSync('/run/asked')
await ofShop().make()
console.log(JSON.stringify({ before, asked: fs.readFileSync('/run/asked', 'utf8') }))
`)) as { before: unknown; asked: string }
  expect(before).toEqual([true, false])
  expect(asked).toMatch(
    /^reset-failed gatling-door@shop\.socket gatling-door@shop\.service\nenable .*--now gatling-door@shop\.socket$/m,
  )
})
