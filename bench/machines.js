// Measures a fleet of three machines of `test/server`: a deploy against that of one server, many deploys under load, how
// long versions differ, and the loss of a machine.
import { get } from 'node:http'
import { createJiti } from 'jiti'
import { median, root, runAlone, sleep, timed } from './lib.js'

const jiti = createJiti(import.meta.url)
/** @type {typeof import('../test/server/machine.js')} */
const { createLab } = await jiti.import(`${root}/test/server/machine.ts`)
/** @type {typeof import('../test/server/server.js')} */
const { createServer, load, page, watched } = await jiti.import(`${root}/test/server/server.ts`)
/** @type {typeof import('../test/server/fleet.js')} */
const { createFleet } = await jiti.import(`${root}/test/server/fleet.ts`)

/** @typedef {import('../test/server/fleet.js').TestFleet} TestFleet */
/** @typedef {import('../test/server/server.js').Server} Server */
/** @typedef {import('../test/server/server.js').ServerApp} ServerApp */
/** @typedef {import('./lib.js').Row} Row */

const host = 'shop.test'

/** Deploys an app for the first time. @param {Server} server @returns {Promise<ServerApp>} */
const deployed = async server => {
  const app = await server.app('shop', { 'gatling.toml': watched })
  succeeded(await app.push())
  return app
}

/** @param {{ code: number | null, text: string }} output @returns {string} */
const succeeded = ({ code, text }) => {
  if (code !== 0) throw new Error(text)
  return text
}

/** Deploys a small change, or the same again by a swap. @param {Server} server @param {ServerApp} app @param {'hot' | 'swap'} mode @param {number} count */
const deploy = async (server, app, mode, count) => {
  if (mode === 'hot') await app.greet(`version ${count}`)
  return timed(async () =>
    succeeded(mode === 'hot' ? await app.push() : await server.over(['upgrade', 'shop', '--mode', 'swap'])),
  )
}

/** Asks a machine for the version. @param {string} address @returns {Promise<string>} its greeting; empty: no answer */
const greetingAt = address =>
  new Promise(resolve => {
    get({ host: address, path: '/version', headers: { host }, agent: false, timeout: 1_000 }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', text => {
        body += text
      })
      response.once('end', () => resolve(response.statusCode === 200 ? JSON.parse(body).greeting : ''))
    })
      .once('error', () => resolve(''))
      .once('timeout', () => resolve(''))
  })

/** Asks each machine again and again when it first answers with a new version. @param {TestFleet} fleet @param {string} wanted */
const watchVersions = (fleet, wanted) => {
  const first = fleet.machines.map(() => 0)
  const asked = fleet.machines.map(async ({ address }, at) => {
    while ((await greetingAt(address)) !== wanted) await sleep(5)
    first[at] = performance.now()
  })
  return async () => {
    await Promise.all(asked)
    return Math.max(...first) - Math.min(...first)
  }
}

/** Deploys to one server and to the fleet, in turns. @param {Server} alone @param {TestFleet} fleet @param {ServerApp} one @param {ServerApp} all @param {number} rounds */
const overhead = async (alone, fleet, one, all, rounds) => {
  /** @type {Record<string, number[]>} */
  const took = { 'hot one': [], 'hot fleet': [], 'swap one': [], 'swap fleet': [] }
  /** @type {number[]} */
  const apart = []
  for (let round = 1; round <= rounds; round++) {
    for (const mode of /** @type {const} */ (['hot', 'swap'])) {
      took[`${mode} one`]?.push(await deploy(alone, one, mode, round))
      const differ = mode === 'hot' ? watchVersions(fleet, `version ${round}`) : null
      took[`${mode} fleet`]?.push(await deploy(fleet.lead, all, mode, round))
      if (differ) apart.push(await differ())
    }
  }
  /** @param {string} name */
  const of = name => median(took[name] ?? [])
  return [
    {
      what: 'hot deploy, 3 machines / 1',
      value: of('hot fleet') / of('hot one'),
      unit: 'x',
      limit: 1.3,
      note: `${Math.round(of('hot one'))} ms on one`,
    },
    {
      what: 'swap, 3 machines / 1',
      value: of('swap fleet') / of('swap one'),
      unit: 'x',
      limit: 1.3,
      note: `${Math.round(of('swap one'))} ms on one`,
    },
    {
      what: 'versions differ in a hot deploy',
      value: Math.max(...apart),
      unit: 'ms',
      limit: 1_000,
      note: `each: ${apart.map(Math.round).join(' ')}`,
    },
  ]
}

/** Many deploys under load through every machine. @param {TestFleet} fleet @param {ServerApp} app @param {number} count */
const underLoad = async (fleet, app, count) => {
  const clients = fleet.machines.map(({ address }) => load(address, host, 3))
  const open = () =>
    Promise.all(fleet.machines.flatMap(({ address }) => [page(address, host), page(address, host)]))
  let sockets = await open()
  const lost = { hot: 0, swap: 0 }
  for (let deploys = 0; deploys < count; deploys++) {
    const mode = deploys % 5 === 4 ? 'swap' : 'hot'
    await deploy(fleet.lead, app, mode, 1_000 + deploys)
    lost[mode] += sockets.filter(socket => socket.closed() !== null).length
    if (mode === 'swap') {
      for (const socket of sockets) socket.end()
      sockets = await open()
    }
  }
  const ends = await Promise.all(clients.map(client => client.end()))
  for (const socket of sockets) socket.end()
  const failures = ends.flatMap(end => end.failures)
  const requests = ends.reduce((sum, end) => sum + end.requests, 0)
  return [
    {
      what: `failed requests in ${count} deploys`,
      value: failures.length,
      unit: '',
      limit: 0,
      note: `of ${requests}; ${failures.slice(0, 3).join('; ')}`,
    },
    { what: 'sockets dropped by hot deploys', value: lost.hot, unit: '', limit: 0 },
  ]
}

/** Cuts the power of a machine that runs the app, under load on another. @param {TestFleet} fleet */
const powerCut = async fleet => {
  const [lead, , last] = fleet.machines
  if (!lead || !last) throw new Error('three machines are needed')
  succeeded(await fleet.lead.over(['scale', 'shop', '2']))
  /** Whether the app's own instance answers at a machine. @param {import('../test/server/machine.js').Machine} machine */
  const runs = async machine =>
    (await machine.run(['systemctl', 'is-active', '--quiet', 'shop@a'])).code === 0 ||
    (await machine.run(['systemctl', 'is-active', '--quiet', 'shop@b'])).code === 0
  const others = []
  for (const machine of fleet.machines.slice(1)) if (await runs(machine)) others.push(machine)
  const victim = others[0] ?? last
  const spare = fleet.machines.slice(1).find(machine => machine !== victim) ?? last
  const clients = load(lead.address, host, 6)
  await sleep(2_000)
  const began = performance.now()
  await victim.powerCut()
  while (!(await runs(spare)) && performance.now() - began < 60_000) await sleep(100)
  const replaced = performance.now() - began
  const { requests, failures } = await clients.end()
  await victim.boot()
  return [
    {
      what: 'requests failed when a machine lost power',
      value: failures.length,
      unit: '',
      note: `of ${requests}; ${failures.slice(0, 3).join('; ')}`,
    },
    { what: 'its instance runs elsewhere after', value: replaced / 1_000, unit: 's', limit: 20 },
  ]
}

/** @type {import('./lib.js').Bench} */
export const bench = async ([deploys = '50', rounds = '5']) => {
  const lab = await createLab()
  try {
    const alone = await createServer(lab, 'alone')
    const fleet = await createFleet(lab)
    const one = await deployed(alone)
    const all = await deployed(fleet.lead)
    succeeded(await fleet.lead.over(['scale', 'shop', '3']))
    /** @type {Row[]} */
    const rows = [
      ...(await overhead(alone, fleet, one, all, Number(rounds))),
      ...(await underLoad(fleet, all, Number(deploys))),
      ...(await powerCut(fleet)),
    ]
    for (const server of [alone, fleet]) server.close()
    return rows
  } finally {
    await lab.close()
  }
}

await runAlone(import.meta.url, bench)
