// `npm run demo`: deploys a real app by a real `git push`. A second push upgrades it while requests go on and a WebSocket
// counts.
//   --exit    ends after the second push, instead of at Ctrl-C
//   --swap    deploys the second version by a swap, even if it could be hot
// It writes only in this clone: node_modules/, dist/ and .demo/.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { root, setUp } from './setup.js'

const folder = join(root, '.demo')
const home = join(folder, 'home')
const app = join(folder, 'counter')
const cli = join(root, 'bin', 'gatling.js')
const env = { ...process.env, GATLING_HOME: home, GIT_TERMINAL_PROMPT: '0' }
const host = 'counter.localhost'
const interrupt = new AbortController()
const { signal } = interrupt

/** @param {string} text */
const headline = text => console.log(`\n\x1b[1m=== ${text}\x1b[0m`)

/** @param {string} program @param {string[]} args @param {string} [cwd] */
const must = async (program, args, cwd = root) => {
  const child = spawn(program, args, { cwd, env, stdio: 'inherit', signal })
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (status !== 0) throw new Error(`\`${[program, ...args].join(' ')}\` ended with status ${status}`)
}

/** @param {...string} args */
const git = (...args) =>
  must('git', ['-c', 'user.name=Demo', '-c', 'user.email=demo@example.com', ...args], app)

const serve = async () => {
  const server = spawn(process.execPath, [cli, 'serve', '--port', '0'], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  const file = join(home, 'serve.json')
  while (!existsSync(file)) {
    if (signal.aborted) {
      await stop(server)
      throw signal.reason
    }
    if (hasEnded(server)) throw new Error('gatling serve did not start')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return { server, port: /** @type {number} */ (JSON.parse(readFileSync(file, 'utf8')).port) }
}

/** @param {number} port @param {string} path @param {Agent} [agent] @returns {Promise<{ status: number, body: string }>} */
const ask = (port, path, agent) =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers: { host }, ...(agent ? { agent } : {}) }
    get(options, response => {
      let body = ''
      response.setEncoding('utf8').on('data', text => {
        body += text
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }))
    }).once('error', reject)
  })

/** @param {number} port */
const greetingAt = async port =>
  /** @type {string} */ (JSON.parse((await ask(port, '/version')).body).greeting)

/** Sends requests until it is stopped, over open connections and without retry. @param {number} port */
const keepAsking = port => {
  const agent = new Agent({ keepAlive: true })
  const count = { requests: 0, failed: 0 }
  let going = true
  const client = async () => {
    while (going) {
      count.requests++
      const { status } = await ask(port, '/', agent).catch(() => ({ status: 0 }))
      if (status !== 200) count.failed++
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
  const clients = Promise.all([client(), client(), client(), client()])
  return async () => {
    going = false
    await clients
    agent.destroy()
    return count
  }
}

/** Opens the counter's page, with a WebSocket that it opens again when it closes. @param {number} port */
const openPage = async port => {
  const { WebSocket } = await import('ws')
  const page = { count: '?', closed: 0, send: (/** @type {string} */ _) => {} }
  /** @type {(() => void)[]} */
  let waiting = []
  const change = () => new Promise(resolve => waiting.push(() => resolve(null)))
  let shows = false
  const connect = () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, {
      headers: { host },
      origin: `http://${host}`,
    })
    page.send = text => socket.send(text)
    socket.on('message', data => {
      page.count = String(data)
      shows = true
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      page.closed++
      shows = false
      setTimeout(connect, 100)
    })
  }
  /** Waits for the first count, which is the first message of a WebSocket. */
  const shown = async () => {
    while (!shows) await change()
    return page.count
  }
  /** Clicks on +, and waits for the new count. */
  const click = async () => {
    await shown()
    const next = change()
    page.send('+')
    await next
    return page.count
  }
  connect()
  return { page, shown, click }
}

/** @param {import('node:child_process').ChildProcess} child */
const hasEnded = ({ exitCode, signalCode }) => exitCode !== null || signalCode !== null

/** @param {import('node:child_process').ChildProcess} server */
const stop = server =>
  new Promise(resolve => {
    if (hasEnded(server)) return resolve(null)
    server.once('exit', resolve)
    server.kill('SIGTERM')
  })

/** Returns the mode of the last push. */
const lastMode = async () => {
  const child = spawn(process.execPath, [cli, 'history', 'counter', '--json'], { env, signal })
  let text = ''
  child.stdout.on('data', bytes => {
    text += bytes
  })
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  return /** @type {{ mode: string }[]} */ (JSON.parse(text))[0]?.mode
}

/** @param {number} port */
const twoPushes = async port => {
  headline('gatling load counter: the repository to push to')
  await must(process.execPath, [cli, 'load', 'counter'])
  cpSync(join(root, 'examples', 'counter'), app, { recursive: true })
  if (process.argv.includes('--swap')) writeFileSync(join(app, 'gatling.toml'), '[upgrade]\nmode = "swap"\n')
  await git('init', '-q', '-b', 'main')
  await git('add', '-A')
  await git('commit', '-q', '-m', 'First version')
  await git('remote', 'add', 'production', join(home, 'apps', 'counter', 'repo.git'))

  headline('git push production main: the first deploy')
  await git('push', 'production', 'main')
  const first = await greetingAt(port)
  console.log(`\nhttp://${host}:${port} says: ${first}`)
  const { page, shown, click } = await openPage(port)
  for (let clicks = 0; clicks < 3; clicks++) await click()
  console.log(`Three clicks on + later, the counter on the page shows ${page.count}.`)

  headline('git push production main: a second version, while requests go on and the page stays open')
  const file = join(app, 'lib', 'counter.ex')
  writeFileSync(file, readFileSync(file, 'utf8').replace('version one', 'version two'))
  await git('commit', '-q', '-a', '-m', 'Change the greeting')
  const enough = keepAsking(port)
  await git('push', 'production', 'main')
  const { requests, failed } = await enough()
  const second = await greetingAt(port)
  console.log(`\nhttp://${host}:${port} says: ${second}`)
  console.log(`${requests} requests were made during the push, ${failed} failed.`)
  if (first === second || failed > 0) throw new Error('the second version did not take over cleanly')

  const kept = await shown()
  const next = await click()
  if ((await lastMode()) === 'swap') {
    console.log(
      'This push was a swap, for the reasons that it printed. A new instance runs, without the state of the old one.',
    )
    console.log(`So the page connected again: the counter showed ${kept}, one more click makes it ${next}.`)
    return
  }
  console.log(
    `The page's WebSocket stayed open: the counter still showed ${kept}, one more click makes it ${next}.`,
  )
  if (page.closed > 0 || kept !== '3' || next !== '4') throw new Error('the running app forgot its state')
}

const demo = async () => {
  rmSync(folder, { recursive: true, force: true })
  headline('gatling serve: embedded mode, no root, no systemd, no nginx')
  const { server, port } = await serve()
  const interrupted = once(signal, 'abort')
  try {
    await Promise.race([twoPushes(port), interrupted])
    signal.throwIfAborted()
    if (process.argv.includes('--exit')) return
    headline(`http://${host}:${port} is yours to look at; Ctrl-C ends the demo`)
    console.log(`To push a third version: edit lib/counter.ex in ${app}, commit, git push production main`)
    await interrupted
  } finally {
    await stop(server)
  }
}

setUp()
for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(name, () => interrupt.abort())
demo()
  .then(() => 0)
  .catch(error => {
    console.error(signal.aborted ? '\nThe demo was interrupted.' : `\nThe demo failed: ${error.message}`)
    return signal.aborted ? 130 : 1
  })
  // Open requests and pages would keep an interrupted demo running.
  .then(status => process.exit(status))
