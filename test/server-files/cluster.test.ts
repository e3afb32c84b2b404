import { expect, it } from 'vitest'
import { onServer } from './on-server.js'

const modules = `
import * as fs from 'node:fs'
const { createApp, removeApp } = await import('./dist/server/apps.js')
const { choosePlace } = await import('./dist/server/place.js')
const { forgetNames, nameInstances } = await import('./dist/fleet/names.js')
const { nodePlace, unitFacts } = await import('./dist/runtimes/definitions.js')
const { clusterOf } = await import('./dist/state/cluster.js')
const { writeFleet } = await import('./dist/state/fleet.js')
const { readRegistered, writeRegistered } = await import('./dist/state/server.js')
const node = (name, number) => ({ name, number, address: '192.0.2.' + number, inside: '10.83.' + number + '.1', manager: true })
const limits = { memory: null, cpu: null, tasks: 64 }
const facts = () => unitFacts({ project: 'shop', drainMs: 0, limits, build: limits })
const given = () => {
  writeFleet({ self: 'n2', lead: 'n1', nodes: [node('n1', 1), node('n2', 2)] })
  writeRegistered({ ...readRegistered('shop'), place: 4 })
}
await createApp('shop')
`
const answer = async (script: string): Promise<unknown> => {
  const { stdout, text } = await onServer(`${modules}${script}`)
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  } catch {
    throw new Error(text)
  }
}

it('an app reaches its instances on every machine of a fleet, and nothing else there', async () => {
  const { alone, before, place, ports } = (await answer(`
const alone = nodePlace('shop')
const before = facts().ports.length
given()
console.log(JSON.stringify({ alone, before, place: nodePlace('shop'), ports: facts().ports.slice(before) }))
`)) as Record<string, unknown>
  const own = '127.105.224.71'
  expect(alone).toEqual({ addresses: [own], networks: ['127.64.0.0/10'], isInFleet: false })
  const everywhere = Array.from({ length: 254 }, (_, at) => `10.83.${at + 1}.4/31`)
  const networks = ['127.64.0.0/10', '10.83.0.0/16']
  expect(place).toEqual({ addresses: [own, ...everywhere], networks, isInFleet: true })
  expect([before, ports]).toEqual([4, [32_504]])
})

it('an app that had several machines runs alone again once there is no fleet', async () => {
  expect(
    await answer(`
given()
const inFleet = clusterOf('shop')
fs.rmSync('/etc/gatling/fleet.json')
console.log(JSON.stringify([inFleet, clusterOf('shop')]))
`),
  ).toEqual([{ place: 4, inside: '10.83.2.1', others: ['10.83.1.1'] }, null])
})

it('each app has its own place', async () => {
  expect(
    await answer(`
const first = choosePlace()
await createApp('blog')
writeRegistered({ ...readRegistered('blog'), place: first })
const second = choosePlace()
given()
console.log(JSON.stringify([first, second, choosePlace()]))
`),
  ).toEqual([2, 4, 6])
})

it('the names of instances can be read by every user, and go with their app', async () => {
  const { text, modes, asked, again, gone, left } = (await answer(`
given()
await nameInstances('shop', clusterOf('shop'))
const path = '/etc/gatling/names/shop'
const text = fs.readFileSync(path, 'utf8')
const modes = ['/etc/gatling/names', path, '/etc/gatling/fleet.json'].map(one => fs.statSync(one).mode & 0o777)
const asked = fs.readFileSync('/run/asked', 'utf8').split('\\n').filter(line => line.includes('gatling-names'))
await nameInstances('shop', clusterOf('shop'))
const again = fs.readFileSync('/run/asked', 'utf8').split('\\n').filter(line => line.includes('gatling-names'))
await removeApp('shop')
const gone = !fs.existsSync(path)
await forgetNames()
const left = ['/etc/gatling/names', '/etc/systemd/system/gatling-names.service'].filter(one => fs.existsSync(one))
console.log(JSON.stringify({ text, modes, asked, again: again.slice(asked.length), gone, left }))
`)) as Record<string, unknown>
  expect(text).toBe(
    ['2.4 shop-a', '1.4 shop-a', '2.5 shop-b', '1.5 shop-b', '2.4 shop', '1.4 shop', '2.5 shop', '1.5 shop']
      .map(one => `10.83.${one}.gatling\n`)
      .join(''),
  )
  expect(modes).toEqual([0o755, 0o644, 0o644])
  expect(asked).toContain('reload-or-restart gatling-names.service')
  expect(again).not.toContain('reload-or-restart gatling-names.service')
  expect(gone).toBe(true)
  expect(left).toEqual([])
})

it('a broken record of a deploy keeps no app of a fleet down', async () => {
  const { code, asked } = (await answer(`
const { convergeAndNote } = await import('./dist/server/converge-app.js')
const { appPaths } = await import('./dist/state/paths.js')
const { serverPaths } = await import('./dist/state/server.js')
given()
const run = appPaths(serverPaths.home, 'shop').runs + '/1'
fs.mkdirSync(run, { recursive: true })
fs.writeFileSync(run + '/request.json', '{')
fs.writeFileSync('/run/asked', '')
const code = await convergeAndNote('shop', true).then(() => null, error => error.code)
console.log(JSON.stringify({ code, asked: fs.readFileSync('/run/asked', 'utf8').split('\\n') }))
`)) as { code: string; asked: string[] }
  // The app was converged before the record was read again.
  expect(code).toBe('STATE_BROKEN')
  expect(asked.some(line => line.includes('shop@'))).toBe(true)
})

it('the certificate that the lead has sent goes with the app', async () => {
  expect(
    await answer(`
const folder = '/etc/gatling/fleet/certificates/shop'
fs.mkdirSync(folder, { recursive: true })
fs.writeFileSync(folder + '/privkey.pem', 'secret')
await removeApp('shop')
console.log(JSON.stringify(fs.existsSync(folder)))
`),
  ).toBe(false)
})
