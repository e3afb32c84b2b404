// Measures how long the page takes, against node doing nothing, and how soon it shows the output of an app.
import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { onThisMachine } from '../dist/cli/this-machine.js'
import { createDashboard } from '../dist/dashboard/page.js'
import { appPaths } from '../dist/state/paths.js'
import { inFolder, median, percentile, run, sleep, timed, whileServing } from './lib.js'
import { makeApp } from './startup.js'

const rounds = 15
const host = '127.0.0.1:1'

/** @type {import('./lib.js').Bench} */
export const bench = async () =>
  inFolder(({ home, env }) =>
    whileServing(home, env, async () => {
      const page = createDashboard({ reach: onThisMachine(home), answersTo: name => name === host })
      /** @param {string} path @param {Record<string, string>} headers */
      const get = async (path, headers = {}) =>
        page.fetch(new Request(`http://${host}${path}`, { headers: { host, ...headers } }))
      const entered = await get(`/?token=${page.token}`)
      const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
      /** @param {string} path */
      const bytes = async path => (await (await get(path, { cookie })).arrayBuffer()).byteLength
      /** @param {() => Promise<unknown>} work */
      const often = async work => {
        await work()
        const times = []
        for (let round = 0; round < rounds; round++) times.push(await timed(work))
        return median(times)
      }
      for (let app = 1; app <= 10; app++) makeApp(home, `app_${app}`)
      const bare = await often(() => run([process.execPath, '-e', '0'], { env }))
      const few = await often(() => bytes('/'))
      const sent = (await bytes('/')) + (await bytes('/page.css')) + (await bytes('/page.js'))
      for (let app = 11; app <= 500; app++) makeApp(home, `app_${app}`)
      const many = await often(() => bytes('/'))
      const late = await linesLate(home, path => get(path, { cookie }))
      page.close()
      return [
        { what: 'node -e 0', value: bare, unit: 'ms', note: `median of ${rounds}` },
        { what: 'apps page, 10 apps', value: few, unit: 'ms' },
        { what: 'apps page, 10 apps / node', value: few / bare, unit: 'x' },
        { what: 'apps page, 500 apps / 10 apps', value: many / few, unit: 'x', limit: 2 },
        { what: 'first page with its files', value: sent / 1_024, unit: 'KB', limit: 150 },
        { what: 'a line until the browser gets it', value: median(late), unit: 'ms', limit: 300 },
        { what: 'a line until the browser gets it, p95', value: percentile(late, 95), unit: 'ms' },
      ]
    }),
  )

const lines = 50

/**
 * Measures the time from the write of a line to its place in the stream, in ms.
 * @param {string} home @param {(path: string) => Promise<Response>} get
 */
const linesLate = async (home, get) => {
  const { log } = appPaths(home, 'app_1')
  mkdirSync(dirname(log), { recursive: true })
  appendFileSync(log, 'begins\n')
  const stream = await get('/apps/app_1/logs/stream')
  /** @type {number[]} */
  const late = []
  let text = ''
  for await (const part of stream.body ?? []) {
    text += Buffer.from(part).toString()
    if (late.length === 0 && text.includes('begins')) appendFileSync(log, `at ${Date.now()} .\n`)
    const [found, at] = /at (\d+) \./.exec(text) ?? []
    if (found === undefined) continue
    late.push(Date.now() - Number(at))
    if (late.length === lines) break
    text = ''
    await sleep(20)
    appendFileSync(log, `at ${Date.now()} .\n`)
  }
  return late
}
