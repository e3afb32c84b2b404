import { request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { until } from '../helpers/world.js'
import { createFleet, fleetMs, type TestFleet } from './fleet.js'
import { createLab, type Lab, type Machine } from './machine.js'
import type { ServerApp } from './server.js'

let lab: Lab
let fleet: TestFleet
let shop: ServerApp
let [n1, n2, n3] = [] as unknown as [Machine, Machine, Machine]

const minutes = 60_000

beforeAll(async () => {
  lab = await createLab()
  fleet = await createFleet(lab)
  ;[n1, n2, n3] = fleet.machines as [Machine, Machine, Machine]
  shop = await fleet.lead.app('shop')
  const { code, text } = await shop.push()
  expect(code, text).toBe(0)
}, fleetMs)
afterAll(async () => {
  await lab?.close()
  fleet?.close()
})

const gatling = (words: string) =>
  n1.run(['sh', '-c', `NO_COLOR=1 gatling ${words} 2>&1`], { timeoutMs: 3 * minutes })
const must = async (words: string): Promise<string> => {
  const { code, text } = await gatling(words)
  expect(code, text).toBe(0)
  return text
}
const serving = async (): Promise<readonly string[]> =>
  JSON.parse(await n1.sh('gatling scale shop --json')).answering
const serves = async (...names: string[]): Promise<boolean> => (await serving()).join() === names.join()

/** Sends one request through the nginx of a machine. @returns the status, or why there was none. */
const ask = (machine: Machine, method = 'GET', path = '/version', host = 'shop.test'): Promise<string> =>
  new Promise(resolve => {
    const headers = { host, 'content-length': 0 }
    const outgoing = request(
      { host: machine.address, path, method, headers, agent: false, timeout: 20_000 },
      answer => {
        answer.resume()
        answer.once('end', () => resolve(String(answer.statusCode)))
        answer.once('error', error => resolve(error.message))
      },
    )
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in 20 s')))
    outgoing.once('error', error => resolve(error.message))
    outgoing.end()
  })

/** Sends 40 requests a second to machines, every fifth a POST, until it is stopped. */
const startLoad = (machines: readonly Machine[]) => {
  const asked: Promise<string>[] = []
  const one = (at: number): Promise<string> => {
    const machine = machines[at % machines.length] as Machine
    return at % 5 === 4 ? ask(machine, 'POST', '/increment') : ask(machine)
  }
  const timer = setInterval(() => asked.push(one(asked.length)), 25)
  return {
    stop: async () => {
      clearInterval(timer)
      const all = await Promise.all(asked)
      return { failed: all.filter(status => status !== '200') }
    },
  }
}

const openSocket = async (machine: Machine) => {
  const socket = new WebSocket(`ws://${machine.address}/socket`, {
    headers: { host: 'shop.test' },
    origin: 'http://shop.test',
  })
  const closed: number[] = []
  socket.on('close', code => closed.push(code))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return { closed, end: () => socket.terminate() }
}

const toml = (web: number) => ({
  'gatling.toml': `[scale]\nweb = ${web}\n\n[health]\nwatch = "0s"\n[upgrade]\nwatch = "0s"\n`,
})

it('refuses what cannot be, and says why', async () => {
  expect((await gatling('scale shop 4')).text).toContain('the fleet has 3 machines')
  expect((await n2.run(['gatling', 'scale', 'shop', '2'])).code).toBe(1)
  await must('config set shop CACHE_URL=redis://localhost:6379')
  expect((await gatling('scale shop 2')).text).toContain('CACHE_URL leads to this machine alone')
  await must('config unset shop CACHE_URL')
  expect(await n2.sh('ls /etc/gatling/apps')).toBe('')
})

it('runs an app on two of three machines, and all three answer for it', async () => {
  expect(await must('scale shop 2')).toMatch(/wants 2 instances; it answers on n1, n[23]\./)
  for (const machine of fleet.machines)
    for (const method of ['GET', 'POST'])
      expect(await ask(machine, method, method === 'GET' ? '/version' : '/increment'), machine.name).toBe(
        '200',
      )
  const counts = await Promise.all(
    fleet.machines.map(({ sh }) => sh('systemctl is-active shop@a shop@b | grep -c ^active || true')),
  )
  expect(counts.map(Number).reduce((sum, one) => sum + one)).toBe(2)
})

it(
  'counts a request once, on the machine that the visitor reached',
  async () => {
    const away = (await serving()).includes('n2') ? n3 : n2
    const line = `shop [ab] 200`
    const count = ({ sh }: Machine) => sh(`grep -cE '\\|${line}' /var/log/nginx/gatling-answers.log || true`)
    const before = await Promise.all(fleet.machines.map(count))
    for (let at = 0; at < 10; at++) await ask(away)
    const after = await Promise.all(fleet.machines.map(count))
    const more = after.map((one, at) => Number(one) - Number(before[at]))
    expect(more).toEqual(fleet.machines.map(machine => (machine === away ? 10 : 0)))
  },
  minutes,
)

it(
  "no app reaches Docker, or the socket of another app's seats",
  async () => {
    const as = (path: string) =>
      n1.run([
        'setpriv',
        '--reuid=gatling-shop',
        '--regid=gatling-shop',
        '--clear-groups',
        'perl',
        '-MIO::Socket::UNIX',
        '-e',
        `print IO::Socket::UNIX->new(${JSON.stringify(path)}) ? "reached" : $!`,
      ])
    expect((await as('/run/docker.sock')).stdout).toBe('Permission denied')
    expect((await as('/run/gatling-seats/shop/socket')).stdout).toBe('Permission denied')
  },
  minutes,
)

it('a restart of Docker closes no WebSocket', async () => {
  const second = (await serving()).includes('n2') ? n2 : n3
  const sockets = [await openSocket(second), await openSocket(n1)]
  const load = startLoad(fleet.machines)
  await second.sh('systemctl restart docker')
  await second.until('systemctl is-active -q "gatling-seat-shop@*"', 'a seat again')
  await new Promise(resolve => setTimeout(resolve, 3_000))
  expect((await load.stop()).failed).toEqual([])
  expect(sockets.flatMap(({ closed }) => closed)).toEqual([])
  for (const { end } of sockets) end()
})

it('drains a machine without a failed request', async () => {
  const [from, to] = (await serving()).includes('n2') ? ['n2', 'n3'] : ['n3', 'n2']
  const load = startLoad(fleet.machines)
  await must(`nodes drain ${from}`)
  expect(await serves('n1', to as string)).toBe(true)
  await must(`nodes undrain ${from}`)
  expect((await load.stop()).failed).toEqual([])
})

it('a lost machine is routed round at once, and replaced; it comes back without an instance', async () => {
  const [lost, other] = (await serving()).includes('n2') ? [n2, n3] : [n3, n2]
  const load = startLoad([n1, other])
  await lost.powerCut()
  await until(() => serves('n1', other.name), 'an instance elsewhere')
  expect((await load.stop()).failed).toEqual([])
  await lost.boot()
  await lost.until('systemctl is-active -q docker nginx', 'its services')
  expect(await ask(lost)).toBe('200')
  expect(await lost.sh('systemctl is-active shop@a shop@b || true')).toBe('inactive\ninactive\n')
})

it('follows gatling.toml when it changes, and a person in between', async () => {
  await shop.commit(toml(3))
  expect((await shop.push()).text).toContain('after this deploy shop will run on 3 machines')
  await until(async () => (await serving()).length === 3, 'three instances')
  await must('scale shop 2')
  await shop.greet('another version')
  await shop.push()
  expect(await must('scale shop')).toContain('wants 2 instances')
})

it('comes back to the lead, and leaves nothing elsewhere', async () => {
  const load = startLoad([n1])
  await must('scale shop 1')
  expect((await load.stop()).failed).toEqual([])
  expect(await n1.sh('docker service ls -q')).toBe('')
  for (const { sh } of [n2, n3]) {
    expect(
      await sh('ls /etc/gatling/apps /run/gatling-held 2>&1; getent passwd gatling-shop || true'),
    ).not.toContain('shop')
    expect(
      await sh(
        'systemctl list-units --all --plain --no-legend "gatling-seat*" "shop@*"; ls /etc/nginx/sites-enabled',
      ),
    ).not.toContain('shop')
  }
})

it('scales an app that only the lead has, after the deploy that asks for it', async () => {
  await shop.commit(toml(2))
  expect((await shop.push()).text).toContain('after this deploy shop will run on 2 machines')
  await until(async () => (await serving()).length === 2, 'two instances')
}, 180_000)

it('unload removes an app from all machines', async () => {
  await must('unload shop --yes')
  for (const machine of fleet.machines)
    await machine.until(
      '! { ls /etc/gatling/apps /etc/nginx/sites-enabled; getent passwd gatling-shop; } | grep -q shop',
      `nothing of the app on ${machine.name}`,
    )
  expect(await n1.sh('docker service ls -q')).toBe('')
}, 180_000)
