// Measures a server on real machines of `test/server`, with the load and the WebSockets outside of them.
import { createJiti } from 'jiti'
import { median, percentile, root, runAlone, timed } from './lib.js'

const jiti = createJiti(import.meta.url)
/** @type {typeof import('../test/server/machine.js')} */
const { createLab } = await jiti.import(`${root}/test/server/machine.ts`)
/** @type {typeof import('../test/server/server.js')} */
const { createServer, load, page, serverOn, watched } = await jiti.import(`${root}/test/server/server.ts`)

/** @param {import('../test/server/server.js').Server} server @param {string} script */
const number = async (server, script) => Number((await server.machine.sh(script)).trim())

/**
 * Makes many deploys, hot and swap in turns, under steady load.
 * @param {import('../test/server/server.js').Server} server
 * @param {import('../test/server/server.js').ServerApp} app
 * @param {number} deploys @param {number} sockets
 */
const deploys = async (server, app, deploys, sockets) => {
  const { address } = server.machine
  const host = `${app.name}.test`
  const clients = load(address, host)
  /** @type {Awaited<ReturnType<typeof page>>[]} */
  let open = await Promise.all(Array.from({ length: sockets }, () => page(address, host)))
  const lost = { hot: 0, swap: 0 }
  /** @type {{ hot: number[], swap: number[] }} */
  const took = { hot: [], swap: [] }
  /** @type {number[]} */
  const back = []
  for (let deploy = 0; deploy < deploys; deploy++) {
    const mode = deploy % 5 === 4 ? 'swap' : 'hot'
    if (mode === 'hot') await app.greet(`deploy ${deploy}`)
    took[mode].push(
      await timed(async () => {
        const { code, text } =
          mode === 'hot' ? await app.push() : await server.over(['upgrade', app.name, '--mode', 'swap'])
        if (code !== 0) throw new Error(text)
      }),
    )
    const closed = open.filter(socket => socket.closed() !== null)
    lost[mode] += closed.length
    back.push(
      await timed(async () => {
        const again = await Promise.all(closed.map(() => page(address, host)))
        open = [...open.filter(socket => socket.closed() === null), ...again]
      }),
    )
  }
  const { requests, failures } = await clients.end()
  for (const socket of open) socket.end()
  return [
    {
      what: `requests during ${deploys} deploys`,
      value: requests,
      unit: '',
      note: `8 clients, ${sockets} sockets`,
    },
    {
      what: 'failed requests',
      value: failures.length,
      unit: '',
      limit: 0,
      note: failures.slice(0, 3).join('; '),
    },
    { what: 'sockets dropped by hot deploys', value: lost.hot, unit: '', limit: 0 },
    {
      what: 'sockets that left in swaps',
      value: lost.swap,
      unit: '',
      note: `of ${sockets * took.swap.length}`,
    },
    { what: 'all of them back after', value: Math.max(0, ...back), unit: 'ms' },
    { what: 'hot deploy, whole push', value: median(took.hot), unit: 'ms' },
    { what: 'swap / hot', value: median(took.swap) / median(took.hot), unit: 'x' },
  ]
}

/**
 * Measures the whole path against nginx with one plain upstream, in turns.
 * @param {import('../test/server/server.js').Server} server @param {string} host
 */
const path = async (server, host) => {
  const { machine } = server
  const port = await number(
    server,
    `ss -ltnH 'sport >= 20000 and sport < 20100' | grep -o ':20[0-9]*' | head -1 | tr -d :`,
  )
  await machine.put(
    '/etc/nginx/sites-enabled/straight.conf',
    `server { listen 81; location / { proxy_pass http://127.0.0.1:${port}; proxy_http_version 1.1; proxy_set_header Host $host; proxy_set_header Connection ""; } }\n`,
  )
  await machine.sh('systemctl reload nginx')
  /** @type {{ ours: number[][], straight: number[][] }} */
  const rounds = { ours: [], straight: [] }
  for (let round = 0; round < 8; round++) {
    rounds.ours.push(await hammer(machine.address, 80, host))
    rounds.straight.push(await hammer(machine.address, 81, host))
  }
  await machine.sh('rm /etc/nginx/sites-enabled/straight.conf; systemctl reload nginx')
  const rate = rounds.ours.map((one, at) => one.length / (rounds.straight[at]?.length ?? Number.NaN))
  const late = rounds.ours.map((one, at) => percentile(one, 99) / percentile(rounds.straight[at] ?? [], 99))
  return [
    {
      what: 'requests/s, whole path / nginx straight to the app',
      value: median(rate),
      unit: 'x',
      note: `${Math.round(median(rounds.ours.map(one => one.length / 2)))} /s`,
    },
    { what: 'p99, whole path / nginx straight to the app', value: median(late), unit: 'x' },
  ]
}

/** Sends requests for two seconds. @param {string} address @param {number} port @param {string} host @returns {Promise<number[]>} */
const hammer = async (address, port, host) => {
  const { Agent, get } = await import('node:http')
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  /** @type {number[]} */
  const times = []
  const end = performance.now() + 2_000
  const one = () =>
    new Promise((resolve, reject) => {
      get({ host: address, port, path: '/health', headers: { host }, agent }, response => {
        response.resume()
        response.once('end', resolve)
      }).once('error', reject)
    })
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (performance.now() < end) times.push(await timed(one))
    }),
  )
  agent.destroy()
  return times
}

/** @type {import('./lib.js').Bench} */
export const bench = async ([count = '100', sockets = '200', apps = '50']) => {
  const lab = await createLab()
  try {
    const bare = await lab.machine('bare', { image: 'bare' })
    let live = ''
    const fromBare = await timed(async () => {
      await bare.sh('gatling setup --elixir', { timeoutMs: 600_000 })
      const first = serverOn(bare)
      live = (await (await first.app('shop')).push()).text
      first.close()
    })
    await bare.off()
    if (!live.includes('is live')) throw new Error(live)
    const server = await createServer(lab, 'web')
    const shop = await server.app('shop', { 'gatling.toml': watched })
    await shop.push()
    /** @type {import('./lib.js').Row[]} */
    const rows = [
      {
        what: 'setup of a bare machine, to the first live site',
        value: fromBare / 1_000,
        unit: 's',
        note: 'packages from its own disk',
      },
      ...(await deploys(server, shop, Number(count), Number(sockets))),
      ...(await path(server, 'shop.test')),
    ]
    // Meanwhile the last door closes, and systemd ends what it began for a login.
    await server.machine.sh(
      'for i in $(seq 300); do pgrep -f [g]atling.js >/dev/null || break; sleep .1; done',
    )
    rows.push({
      what: "Gatling's resident memory when idle",
      value: await number(
        server,
        "ps -eo rss,args | grep '[g]atling.js' | awk '{sum += $1} END {print sum + 0}'",
      ),
      unit: 'kB',
      limit: 0,
    })
    const status = async () =>
      median([
        await timed(() => server.machine.run(['gatling', 'status'])),
        await timed(() => server.machine.run(['gatling', 'status'])),
        await timed(() => server.machine.run(['gatling', 'status'])),
      ])
    const one = await status()
    const setupOne = await timed(() => server.machine.run(['gatling', 'setup']))
    for (let app = 1; app < Number(apps); app++) await server.machine.sh(`gatling load app_${app}`)
    rows.push(
      { what: `status, ${apps} apps / 1`, value: (await status()) / one, unit: 'x' },
      {
        what: `setup again, ${apps} apps / 1`,
        value:
          (await timed(() => server.machine.run(['gatling', 'setup'], { timeoutMs: 300_000 }))) / setupOne,
        unit: 'x',
      },
    )
    await shop.greet('among many')
    const among = await timed(() => shop.push())
    rows.push({ what: `a hot deploy among ${apps} apps`, value: among, unit: 'ms' })
    server.close()
    return rows
  } finally {
    await lab.close()
  }
}

await runAlone(import.meta.url, bench)
