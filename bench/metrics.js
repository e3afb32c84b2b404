// Measures what metrics cost a server: the sample that runs once a minute, the fold, and nginx's log.
import { fork, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../dist/hosts/ports.js'
import { usageOf } from '../dist/hosts/procfs.js'
import { sampleScript } from '../dist/templates/metrics-units.js'
import { nginxShared } from '../dist/templates/nginx-shared.js'
import { median, root, run, runAlone, sleep } from './lib.js'

const apps = 50
const samples = 20
const lines = 100_000
const rounds = 3
const load = { clients: 8, ms: 2_000 }

/** @type {import('./lib.js').Bench} */
export const bench = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-bench-'))
  try {
    return [...(await sampleRows(folder)), ...(await foldRows(folder)), ...(await logRows(folder))]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Measures the processor time of a shell script and of all that it starts, in ms. @param {string} script */
const cpuOf = async script => {
  const said = await run(['sh', '-c', `${script}\ntimes`])
  const last = said.trim().split('\n').slice(-2).join(' ')
  return [...last.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000,
    0,
  )
}

/** @param {string} folder @returns {Promise<import('./lib.js').Row[]>} */
const sampleRows = async folder => {
  const place = { registry: join(folder, 'apps'), samples: join(folder, 'samples') }
  const cgroups = join(folder, 'cgroup')
  mkdirSync(place.registry)
  mkdirSync(cgroups)
  writeFileSync(join(cgroups, 'cgroup.controllers'), 'cpu memory\n')
  for (let number = 0; number < apps; number++) {
    writeFileSync(join(place.registry, `app${number}.json`), '{}')
    const unit = join(cgroups, 'system.slice', `system-app${number}.slice`, `app${number}@a.service`)
    mkdirSync(unit, { recursive: true })
    writeFileSync(join(unit, 'cpu.stat'), 'usage_usec 123456789\nuser_usec 1\nsystem_usec 2\n')
    writeFileSync(join(unit, 'memory.current'), '123456789\n')
    const stat = Array.from({ length: 40 }, (_, at) => `field${at} 123456789\n`).join('')
    writeFileSync(join(unit, 'memory.stat'), `${stat}inactive_file 4096\n`)
  }
  const script = join(folder, 'sample')
  writeFileSync(script, sampleScript({ ...place, last: join(folder, 'last'), cgroups }))
  const ms = (await cpuOf(`for sample in $(seq ${samples}); do sh ${script}; done`)) / samples
  return [
    {
      what: `a sample of ${apps} apps, each minute`,
      value: ms,
      unit: 'ms',
      limit: 120,
      note: 'processor time; 120 ms a minute are 0.2 % of one core',
    },
  ]
}

/** @param {string} folder @returns {Promise<import('./lib.js').Row[]>} */
const foldRows = async folder => {
  const script = `const { fold } = await import('${root}dist/metrics/fold.js')
const projects = Array.from({ length: ${apps} }, (_, at) => 'app' + at)
await fold({ answers: '${folder}/answers', samples: '${folder}/samples', position: '${folder}/position.json', lock: '${folder}/lock',
  projects: () => projects, folderOf: project => '${folder}/rows/' + project })`
  const at = Math.floor(Date.now() / 1_000) - 3_600
  const line = (/** @type {number} */ number) =>
    `${at + Math.floor((number * 3_000) / lines)}.${String(number % 1_000).padStart(3, '0')} 127.0.0.1:20001|200|0.012|app${number % apps} a 200 0.013 5120\n`
  writeFileSync(join(folder, 'fold.mjs'), script)
  writeFileSync(join(folder, 'answers'), '')
  const idle = await cpuOf(`node ${folder}/fold.mjs`)
  writeFileSync(join(folder, 'answers'), Array.from({ length: lines }, (_, number) => line(number)).join(''))
  const busy = await cpuOf(`node ${folder}/fold.mjs`)
  return [
    {
      what: 'a fold of nothing, every 5 minutes',
      value: idle,
      unit: 'ms',
      limit: 600,
      note: 'mostly the start of node',
    },
    { what: `a fold of ${lines.toLocaleString('en-US')} answers more`, value: busy - idle, unit: 'ms' },
  ]
}

const nginx = '/usr/sbin/nginx'

/** @param {string} folder @returns {Promise<import('./lib.js').Row[]>} */
const logRows = async folder => {
  if (!existsSync(nginx)) return []
  const ports = { with: await freePort(), without: await freePort() }
  const other = await freePort()
  const shared = nginxShared({
    namesHash: false,
    log: join(folder, 'nginx-answers'),
    tls: false,
    ipv6: false,
    http: other,
  })
  const site = (/** @type {number} */ port, /** @type {string} */ more) =>
    `server { listen 127.0.0.1:${port}; set $gatling_app shop; set $gatling_slot a; ${more} location / { return 200 "hello"; } }`
  const conf = join(folder, 'nginx.conf')
  writeFileSync(
    conf,
    `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_processes 1; events {}
http { access_log off; ${shared} ${site(ports.with, '')} ${site(ports.without, 'access_log off;')} }\n`,
  )
  const server = spawn(nginx, ['-c', conf], { stdio: 'ignore' })
  const client = fork(fileURLToPath(new URL('./parts/keep-alive-load.js', import.meta.url)))
  /** @param {number} port @returns {Promise<number>} */
  const perSecond = port =>
    new Promise(resolve => {
      client.once('message', answer => resolve(/** @type {{ perSecond: number }} */ (answer).perSecond))
      client.send(JSON.stringify({ ...load, port }))
    })
  try {
    while (!existsSync(join(folder, 'nginx.pid'))) await sleep(20)
    await perSecond(ports.with)
    /** @param {number} port @returns {Promise<number>} processor time of nginx for a request, in µs */
    const cost = async port => {
      const before = usageOf(server.pid ?? 0).cpu
      const requests = ((await perSecond(port)) * load.ms) / 1_000
      return ((usageOf(server.pid ?? 0).cpu - before) / requests) * 1_000
    }
    /** @type {number[]} */
    const more = []
    for (let round = 0; round < rounds; round++)
      more.push((await cost(ports.with)) - (await cost(ports.without)))
    return [
      {
        what: 'a line of the log',
        value: median(more),
        unit: 'µs',
        note: 'processor time of nginx, with the log less without',
      },
    ]
  } finally {
    client.kill()
    server.kill()
  }
}

await runAlone(import.meta.url, bench)
