// Measures what docs/reliability.md promises in figures: how soon a rollback answers, how long an interrupted deploy delays a
// boot, and whether a thousand deploys in a row leave anything behind. `npm run bench reliability 1000`.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import {
  bin,
  deployedCounter,
  host,
  inFolder,
  median,
  run,
  runAlone,
  sleep,
  timed,
  whileServing,
} from './lib.js'

const hot = '[upgrade]\nwatch = "0s"\n'
/** During a watch the engine also compares the way back. */
const watched = '[upgrade]\nwatch = "2s"\n'
const swap = '[upgrade]\nmode = "swap"\n'

/** @type {import('./lib.js').Bench} */
export const bench = async ([deploys = '60', rounds = '5']) => [
  ...(rounds === '0' ? [] : await soonBack(Number(rounds))),
  ...(deploys === '0' ? [] : await inARow(Number(deploys))),
]

/** @param {number} rounds */
const soonBack = async rounds => [
  ...(await rollbacks('hot', watched, rounds, 1_000)),
  ...(await rollbacks('swap', swap, rounds, 3_000)),
  ...(await recovery(rounds)),
]

/** Returns the greeting of the app; null: nothing answers. @param {number} port @returns {Promise<string | null>} */
const greeting = port =>
  new Promise(resolve => {
    const request = get({ port, path: '/version', headers: { host }, agent: false }, response => {
      let body = ''
      response.on('data', bytes => {
        body += bytes
      })
      response.on('end', () => resolve(response.statusCode === 200 ? JSON.parse(body).greeting : null))
    })
    request.on('error', () => resolve(null))
  })

/**
 * Measures the time from `gatling rollback` to the first answer of the earlier release.
 * @param {string} mode @param {string} settings @param {number} rounds @param {number} limit
 */
const rollbacks = (mode, settings, rounds, limit) =>
  inFolder(({ folder, home, env }) =>
    whileServing(home, env, async port => {
      const app = await deployedCounter(folder, env, settings)
      const back = []
      const whole = []
      for (let round = 1; round <= rounds; round++) {
        const before = await greeting(port)
        await app.commit(`Round ${round}`)
        await app.push()
        const began = performance.now()
        const command = app.gatling('rollback', 'counter')
        while ((await greeting(port)) !== before) await sleep(5)
        back.push(performance.now() - began)
        await command
        whole.push(performance.now() - began)
      }
      return [
        {
          what: `rollback to the first old answer, ${mode}`,
          value: median(back),
          unit: 'ms',
          limit,
          note: `worst of ${rounds}: ${Math.max(...back).toFixed(0)} ms${mode === 'swap' ? ', with the boot of the app' : ''}`,
        },
        { what: `the whole command, ${mode}`, value: median(whole), unit: 'ms' },
      ]
    }),
  )

/** Measures how much later the app starts at a boot that finds an interrupted deploy. @param {number} rounds */
const recovery = rounds =>
  inFolder(async ({ folder, home, env }) => {
    /** @type {number[]} */
    const clean = []
    /** @type {number[]} */
    const interrupted = []
    const app = await whileServing(home, env, () => deployedCounter(folder, env, swap))
    for (let round = 0; round < rounds; round++) {
      clean.push(await untilStarted(home, env, async () => {}))
      await untilStarted(home, env, async server => {
        const gate = join(folder, 'gate')
        writeFileSync(join(app.source, 'upgrade.mjs'), waitAfterTheSwitch(gate))
        await run(['git', 'add', '-A'], { cwd: app.source, env })
        await app.commit(`Interrupted ${round}`)
        const push = app.push().catch(() => {})
        while (!existsSync(gate)) await sleep(20)
        for (const pid of [...performers(home), server]) process.kill(pid, 'SIGKILL')
        rmSync(gate)
        await push
      })
      interrupted.push(await untilStarted(home, env, async () => {}))
    }
    return [
      {
        what: 'an interrupted deploy holds up the boot',
        value: median(interrupted) - median(clean),
        unit: 'ms',
        limit: 1_000,
        note: `from serve to the start of the app: ${median(interrupted).toFixed(0)} ms, else ${median(clean).toFixed(0)} ms`,
      },
    ]
  })

/** @param {string} gate */
const waitAfterTheSwitch = gate => `
import { existsSync, writeFileSync } from 'node:fs'
export const after_configure_nginx = async () => {
  writeFileSync('${gate}', '')
  while (existsSync('${gate}')) await new Promise(resolve => setTimeout(resolve, 20))
}
`

/** @param {string} home */
const performers = home =>
  readdirSync('/proc')
    .map(Number)
    .filter(pid => pid > 0 && read(`/proc/${pid}/environ`).includes(`GATLING_RUN=${home}:`))

/** @param {string} path */
const read = path => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/**
 * Measures the time from the start of `gatling serve` to the start of the app's process, in ms.
 * @param {string} home @param {NodeJS.ProcessEnv} env @param {(server: number) => Promise<void>} work
 */
const untilStarted = async (home, env, work) => {
  rmSync(join(home, 'serve.json'), { force: true })
  const mark = `GATLING_INSTANCE=${join(home, 'apps')}/`
  const instancesNow = () => readdirSync('/proc').filter(pid => read(`/proc/${pid}/environ`).includes(mark))
  /** The instances of a killed serve, which still run. */
  const left = instancesNow()
  const began = performance.now()
  const server = spawn(process.execPath, [bin, 'serve', '--port', '0'], { env, stdio: 'ignore' })
  const ended = new Promise(resolve => server.once('exit', resolve))
  const isThere = () => instancesNow().some(pid => !left.includes(pid))
  while (!isThere()) await sleep(2)
  const took = performance.now() - began
  while (!existsSync(join(home, 'serve.json'))) await sleep(10)
  await work(server.pid ?? 0)
  server.kill('SIGTERM')
  await ended
  return took
}

/**
 * Makes many deploys in a row. For time and memory it compares the last tenth with the second, as the first ones fill caches.
 * For the disk it compares the maximum of both halves, because git's objects come and go by the hundred.
 * @param {number} deploys
 */
const inARow = deploys =>
  inFolder(({ folder, home, env }) =>
    whileServing(home, env, async () => {
      const app = await deployedCounter(folder, env, hot)
      // Without it each of a thousand deploys waits for one program less.
      rmSync(join(app.source, 'lib', 'mix', 'tasks', 'phx.digest.ex'))
      const server = JSON.parse(readFileSync(join(home, 'serve.json'), 'utf8')).owner.pid
      const samples = []
      for (let number = 1; number <= deploys; number++) {
        await app.commit(`Deploy ${number}`)
        const ms = await timed(app.push)
        const node = nodeOf(home)
        const sample = { ms, server: rss(server), app: rss(node), ...sizeOf(home) }
        samples.push(sample)
        if (number % 50 === 0) console.log(`  ${number}: ${JSON.stringify(sample)}`)
      }
      const tenth = Math.max(1, Math.floor(deploys / 10))
      const tenths = [samples.slice(tenth, 2 * tenth), samples.slice(-tenth)]
      const halves = [samples.slice(0, 5 * tenth), samples.slice(5 * tenth)]
      /** @param {string} what @param {number[]} values @param {number} by @param {string} unit */
      const row = (what, [first = 1, last = 0], by, unit) => ({
        what: `${what}, ${deploys} deploys in a row`,
        value: last / first,
        unit: 'x',
        limit: 1.1,
        note: `${(first / by).toFixed(0)} and ${(last / by).toFixed(0)} ${unit}`,
      })
      /** @param {'ms' | 'server' | 'app'} name */
      const usual = name => tenths.map(some => median(some.map(one => one[name])))
      /** @param {'bytes' | 'files'} name */
      const most = name => halves.map(some => Math.max(...some.map(one => one[name])))
      return [
        row('time of a push', usual('ms'), 1, 'ms'),
        row('disk', most('bytes'), 1_048_576, 'MB'),
        row('inodes', most('files'), 1, 'files'),
        row('memory of gatling serve', usual('server'), 1, 'kB'),
        row('memory of the app', usual('app'), 1, 'kB'),
      ]
    }),
  )

/** Finds the process of the app's node. @param {string} home */
const nodeOf = home => {
  const mark = `GATLING_INSTANCE=${join(home, 'apps')}/`
  const pid = readdirSync('/proc').find(
    one => read(`/proc/${one}/environ`).includes(mark) && read(`/proc/${one}/cmdline`).includes('beam.smp'),
  )
  return Number(pid)
}

/** Returns the memory of a process in kB. @param {number} pid */
const rss = pid => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)

/** @param {string} folder */
const sizeOf = folder => {
  let bytes = 0
  let files = 0
  const seen = new Set()
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false })
    if (!stat || seen.has(stat.ino)) continue
    seen.add(stat.ino)
    bytes += stat.blocks * 512
    files++
  }
  return { bytes, files }
}

await runAlone(import.meta.url, bench)
