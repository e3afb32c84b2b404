import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const bin = join(root, 'bin', 'gatling.js')

/**
 * One line of the report. `limit` must be met, `reach` is hoped for.
 * @typedef {{ what: string, value: number, unit: string, limit?: number, reach?: number, note?: string }} Row
 * @typedef {(args: readonly string[]) => Promise<Row[]>} Bench
 */

/** @param {readonly number[]} values */
export const median = values => percentile(values, 50)

/** @param {readonly number[]} values @param {number} percent */
export const percentile = (values, percent) => {
  const sorted = [...values].sort((one, other) => one - other)
  const at = ((sorted.length - 1) * percent) / 100
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

/** @param {number} ms */
export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/** @param {() => Promise<unknown>} work @returns {Promise<number>} in ms */
export const timed = async work => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/**
 * Runs a program to its end.
 * @param {readonly [string, ...string[]]} argv
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>} what it wrote to standard output
 */
export const run = ([program, ...args], { cwd = root, env = process.env } = {}) => {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let all = ''
  child.stdout.on('data', bytes => {
    output += bytes
    all += bytes
  })
  child.stderr.on('data', bytes => {
    all += bytes
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', status => {
      if (status === 0) resolve(output)
      else reject(new Error(`\`${[program, ...args].join(' ')}\` ended with status ${status}\n${all}`))
    })
  })
}

/**
 * Makes a folder with a GATLING_HOME in it, which is removed in the end.
 * @template Value
 * @param {(world: { folder: string, home: string, env: NodeJS.ProcessEnv }) => Promise<Value>} work
 */
export const inFolder = async work => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-bench-'))
  const home = join(folder, 'home')
  try {
    return await work({ folder, home, env: { ...process.env, ...author, GATLING_HOME: home, NO_COLOR: '1' } })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const author = {
  GIT_AUTHOR_NAME: 'Bench',
  GIT_AUTHOR_EMAIL: 'bench@example.com',
  GIT_COMMITTER_NAME: 'Bench',
  GIT_COMMITTER_EMAIL: 'bench@example.com',
  GIT_TERMINAL_PROMPT: '0',
}

/**
 * Runs `gatling serve`, which is stopped in the end.
 * @template Value
 * @param {string} home
 * @param {NodeJS.ProcessEnv} env
 * @param {(port: number) => Promise<Value>} work
 */
export const whileServing = async (home, env, work) => {
  const server = spawn(process.execPath, [bin, 'serve', '--port', '0'], { env, stdio: 'ignore' })
  const ended = new Promise(resolve => server.once('exit', resolve))
  try {
    const file = join(home, 'serve.json')
    while (!existsSync(file)) {
      if (server.exitCode !== null) throw new Error('gatling serve did not start')
      await sleep(20)
    }
    return await work(JSON.parse(readFileSync(file, 'utf8')).port)
  } finally {
    server.kill('SIGTERM')
    await ended
  }
}

/** The only name that examples/counter answers to. */
export const host = 'counter.localhost'

/**
 * Puts examples/counter into a repository, and deploys it once.
 * It has no hooks and no watch after a swap, which would count as the tool's own time.
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [upgrade] its settings; by default every push is a swap
 */
export const deployedCounter = async (folder, env, upgrade = '[upgrade]\nmode = "swap"\n') => {
  const source = join(folder, 'counter')
  cpSync(join(root, 'examples', 'counter'), source, { recursive: true })
  for (const hooks of ['deploy.exs', 'upgrade.exs']) rmSync(join(source, hooks), { force: true })
  writeFileSync(join(source, 'gatling.toml'), `[health]\nwatch = "0s"\n\n${upgrade}`)
  /** @param {...string} args */
  const gatling = (...args) => run([process.execPath, bin, ...args], { env, cwd: folder })
  /** @param {...string} args */
  const git = (...args) => run(['git', ...args], { env, cwd: source })
  const { repository } = JSON.parse(await gatling('load', 'counter', '--json'))
  await git('init', '-q', '-b', 'main')
  await git('add', '-A')
  await git('commit', '-q', '-m', 'First version')
  await git('remote', 'add', 'production', repository)
  await git('push', '-q', 'production', 'main')
  return {
    source,
    gatling,
    push: () => git('push', '-q', 'production', 'main'),
    /** @param {string} greeting */
    commit: async greeting => {
      greet(source, greeting)
      await git('commit', '-q', '-a', '-m', greeting)
    },
  }
}

/** Makes the small change of every push. @param {string} folder @param {string} greeting */
export const greet = (folder, greeting) => {
  const file = join(folder, 'lib', 'counter.ex')
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(/@greeting ".*"/, () => `@greeting "${greeting}"`),
  )
}

/** Aligns cells in columns of even width. @param {readonly (readonly string[])[]} lines */
export const columns = lines => {
  /** @type {number[]} */
  const widths = []
  for (const line of lines)
    line.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length)
    })
  return lines.map(line =>
    line
      .map((cell, at) => (at === 1 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** @param {number} value @param {string} unit */
const show = (value, unit) => {
  const digits = unit === 'x' ? 2 : unit === 'ms' && Math.abs(value) < 20 ? 1 : 0
  return `${value.toFixed(digits)} ${unit}`.trim()
}

/** @param {Row} row */
const cells = ({ what, value, unit, limit, reach, note = '' }) => {
  const target = limit === undefined ? '' : `<= ${show(limit, unit)}`
  const hope = reach === undefined ? '' : `, reach ${show(reach, unit)}`
  const met = limit === undefined ? '' : value <= limit ? 'met' : 'NOT MET'
  return [what, show(value, unit), `${target}${hope}`, met, note]
}

/** @param {readonly Row[]} rows */
export const printRows = rows => {
  const lines = columns([['WHAT', 'MEASURED', 'TARGET', '', ''], ...rows.map(cells)])
  console.log(lines.join('\n'))
}

/** Describes the machine and its load, which decide how far a figure can be trusted. */
export const describeMachine = () =>
  `${cpus().length} processors (${cpus()[0]?.model.trim() ?? 'unknown'}), load ${loadavg()
    .map(load => load.toFixed(1))
    .join(' ')}, node ${process.versions.node}`

/** Runs a bench alone, as in `node bench/push.js`. @param {string} url of the file that calls @param {Bench} bench */
export const runAlone = async (url, bench) => {
  if (process.argv[1] !== fileURLToPath(url)) return
  console.log(describeMachine())
  printRows(await bench(process.argv.slice(2)))
  console.log(describeMachine())
}
