// Measures how long the command line takes to answer, against node doing nothing.
import { mkdirSync } from 'node:fs'
import { values } from '../dist/stacks/phoenix/environment.js'
import { readLive, restoreCurrent, writeApp, writeBranch } from '../dist/state/apps.js'
import { newConfig, writeConfig } from '../dist/state/config.js'
import { ownerOf } from '../dist/state/owner.js'
import { appPaths } from '../dist/state/paths.js'
import { claimRun, createRun, finishRun } from '../dist/state/runs.js'
import { bin, inFolder, median, run, runAlone, timed, whileServing } from './lib.js'

const rounds = 15

/** @type {import('./lib.js').Bench} */
export const bench = async () =>
  inFolder(({ home, env }) =>
    // It starts before there are apps, because it would start them.
    whileServing(home, env, async () => {
      /** @param {...string} args */
      const node = (...args) => timed(() => run([process.execPath, ...args], { env }))
      /** @param {() => Promise<number>} measure */
      const often = async measure => {
        await measure()
        const times = []
        for (let round = 0; round < rounds; round++) times.push(await measure())
        return median(times)
      }
      /** @param {number} from @param {number} to */
      const withApps = async (from, to) => {
        for (let app = from + 1; app <= to; app++) makeApp(home, `app_${app}`)
        return { bare: await often(() => node('-e', '0')), status: await often(() => node(bin, 'status')) }
      }
      const help = await often(() => node(bin, '--help'))
      const few = await withApps(0, 50)
      const some = await withApps(50, 200)
      const many = await withApps(200, 500)
      return [
        { what: 'node -e 0', value: few.bare, unit: 'ms', note: `median of ${rounds}` },
        { what: 'gatling --help', value: help, unit: 'ms' },
        { what: 'gatling --help / node', value: help / few.bare, unit: 'x', limit: 2 },
        { what: 'gatling status, 50 apps', value: few.status, unit: 'ms' },
        { what: 'gatling status, 200 apps', value: some.status, unit: 'ms' },
        { what: 'gatling status, 200 apps / node', value: some.status / some.bare, unit: 'x', limit: 3 },
        { what: 'gatling status, 500 apps', value: many.status, unit: 'ms' },
        {
          what: 'gatling status, 500 apps / 50 apps',
          value: many.status / few.status,
          unit: 'x',
          limit: 1.3,
        },
      ]
    }),
  )

/** Makes an app as a first deploy leaves it. @param {string} home @param {string} project */
export const makeApp = (home, project) => {
  const revision = 'a'.repeat(40)
  const at = new Date().toISOString()
  writeConfig(home, project, newConfig(values))
  writeApp(home, project, {
    branch: null,
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
  writeBranch(home, project, 'main')
  mkdirSync(appPaths(home, project).releases, { recursive: true })
  const live = readLive(home, project)
  if (live) restoreCurrent(home, project, live)
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
