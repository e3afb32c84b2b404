// How long the command line takes to answer, against node doing nothing.
import { values } from '../dist/stacks/phoenix/environment.js'
import { writeApp } from '../dist/state/apps.js'
import { newConfig, writeConfig } from '../dist/state/config.js'
import { ownerOf } from '../dist/state/owner.js'
import { claimRun, createRun, finishRun } from '../dist/state/runs.js'
import { bin, inFolder, median, run, runAlone, timed, whileServing } from './lib.js'

const rounds = 15
const apps = 200

/** @type {import('./lib.js').Bench} */
export const bench = async () =>
  inFolder(({ home, env }) =>
    // Before there are apps: it would start them.
    whileServing(home, env, async () => {
      for (let app = 1; app <= apps; app++) makeApp(home, `app_${app}`)
      /** @param {...string} args */
      const node = (...args) => timed(() => run([process.execPath, ...args], { env }))
      /** @type {{ bare: number, help: number, status: number }[]} */
      const times = []
      for (let round = 0; round <= rounds; round++) {
        const bare = await node('-e', '0')
        const help = await node(bin, '--help')
        const status = await node(bin, 'status')
        if (round > 0) times.push({ bare, help, status })
      }
      const bare = median(times.map(time => time.bare))
      const help = median(times.map(time => time.help))
      const status = median(times.map(time => time.status))
      return [
        { what: 'node -e 0', value: bare, unit: 'ms', note: `median of ${rounds}` },
        { what: 'gatling --help', value: help, unit: 'ms' },
        { what: 'gatling --help / node', value: help / bare, unit: 'x', limit: 2 },
        { what: `gatling status, ${apps} apps`, value: status, unit: 'ms' },
        { what: 'gatling status / node', value: status / bare, unit: 'x', limit: 3 },
      ]
    }),
  )

/** As a first deploy leaves it. @param {string} home @param {string} project */
const makeApp = (home, project) => {
  const revision = 'a'.repeat(40)
  const at = new Date().toISOString()
  writeConfig(home, project, newConfig(values))
  writeApp(home, project, {
    branch: 'main',
    live: {
      release: 1,
      revision,
      version: '0.1.0',
      slot: 'a',
      port: 4001,
      processes: ['web'],
      domains: [`${project}.localhost`],
      nginx_conf: null,
      config: 1,
      config_back: 0,
      drain_timeout: 45_000,
      limits: { memory: null, cpu: null, tasks: 1024 },
      build_limits: { memory: null, cpu: null, tasks: 2048 },
      max_body: '10M',
      since: at,
    },
  })
  const number = createRun(home, project, {
    task: 'push',
    mode: null,
    release: null,
    revision,
    expected: null,
    branch: 'main',
    pusher: 'jane',
    subject: 'A change',
  })
  claimRun(home, project, number, ownerOf(process.pid))
  finishRun(home, project, number, {
    outcome: 'ok',
    mode: 'start',
    step: null,
    error: null,
    steps: [{ step: 'mix_compile', ms: 1_000, ok: true }],
    ms: 5_000,
    at,
  })
}

await runAlone(import.meta.url, bench)
