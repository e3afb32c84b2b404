// Runs as root inside the machine for the faults and the checker, so that they need no login each time. It reads one
// request a line from its standard input, as a JSON object.
import { execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** @typedef {{ pid: number, user: number, state: string, run: string, instance: string, line: string }} Process */

/** @param {string} path */
const text = path => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** @param {string} environ @param {string} name */
const mark = (environ, name) =>
  environ
    .split('\0')
    .find(one => one.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? ''

/** Lists every process with the marks of Gatling in its environment. Faults choose their victims by `line`. @returns {Process[]} */
const processes = () =>
  readdirSync('/proc')
    .map(Number)
    .filter(pid => pid > 1 && pid !== process.pid)
    .flatMap(pid => {
      const args = text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
      if (args === '') return []
      const status = text(`/proc/${pid}/status`)
      const environ = text(`/proc/${pid}/environ`)
      const run = mark(environ, 'GATLING_RUN')
      const instance = mark(environ, 'GATLING_INSTANCE')
      const user = Number(/^Uid:\t(\d+)/m.exec(status)?.[1] ?? -1)
      const state = /^State:\t(\S)/m.exec(status)?.[1] ?? ''
      if (state === 'Z') return []
      return [{ pid, user, state, run, instance, line: `run=${run} instance=${instance} ${args}` }]
    })

/** @param {number} ms */
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/**
 * Waits until matching processes exist, then for a delay, then signals those that match by then.
 * @param {{ match: string, signal: NodeJS.Signals, waitMs: number, delayMs: number, all: boolean }} wanted
 */
const hunt = async ({ match, signal, waitMs, delayMs, all }) => {
  const pattern = new RegExp(match)
  const deadline = Date.now() + waitMs
  const matching = () => processes().filter(({ line }) => pattern.test(line))
  while (matching().length === 0) {
    if (Date.now() > deadline) return []
    await sleep(20)
  }
  await sleep(delayMs)
  const found = matching()
  const chosen = all ? found : found.slice(-1)
  for (const { pid } of chosen) {
    try {
      process.kill(pid, signal)
    } catch {
      // The process has ended.
    }
  }
  return chosen.map(({ pid, line }) => ({ pid, line: line.slice(0, 160) }))
}

/** @param {string} script */
const sh = script =>
  new Promise(resolve => {
    const child = spawn('bash', ['-ec', script], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', bytes => {
      output += bytes
    })
    child.stderr.on('data', bytes => {
      output += bytes
    })
    child.on('exit', code => setTimeout(() => resolve({ code, text: output }), 5))
  })

/** @param {string} program @param {string[]} args @returns {Promise<string>} */
const say = (program, ...args) =>
  new Promise(resolve => {
    execFile(program, args, { maxBuffer: 1 << 26 }, (_, stdout, stderr) => resolve(stdout || stderr))
  })

/** @param {string} said */
const parsed = said => {
  try {
    return JSON.parse(said)
  } catch {
    return null
  }
}

/** @param {string} folder */
const numbersIn = folder =>
  existsSync(folder)
    ? readdirSync(folder)
        .map(name => Number(name.replace('.json', '')))
        .filter(Number.isInteger)
    : []

/** @param {string} path */
const link = path => {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

/** Names of unfinished files. git keeps its own for a day after a push, because somebody can still be pushing. */
const unfinished = /\.new$|^\.new-|^tmp_(?!objdir)|\.lock$|\.json\.[0-9a-f]{12}$/

/** Lists the unfinished files in a folder. It skips those of mix in the build, and new ones, which can be in use. @param {string} folder @param {readonly string[]} besides @returns {string[]} */
const leftIn = (folder, besides = []) => {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (besides.includes(path) || entry.name.startsWith('tmp_objdir')) return []
    const inside = entry.isDirectory() ? leftIn(path, besides) : []
    return unfinished.test(entry.name) ? [path, ...inside] : inside
  })
}

const home = '/var/lib/gatling'
const installed = '/usr/local/lib/gatling/package/dist'

/** Collects the facts of one app on the machine. It reads the records itself, because each command takes a while to start. @param {{ project: string }} wanted */
const facts = async ({ project }) => {
  const root = `${home}/apps/${project}`
  const deploy = join(root, 'deploy')
  const gatling = '/usr/local/lib/gatling/bin/gatling'
  /** @type {[string, string, string, typeof import('../../src/state/releases.js'), typeof import('../../src/state/runs.js')]} */
  const [status, nginx, uid, { releaseRecords }, { listRuns }] = await Promise.all([
    say(gatling, 'status', project, '--json'),
    say('nginx', '-t'),
    say('id', '-u', `gatling-${project}`),
    import(`${installed}/state/releases.js`),
    import(`${installed}/state/runs.js`),
  ])
  const [units, ports, nginxActive, branch] = await Promise.all([
    say(
      'systemctl',
      ...['list-units', '--all', '--plain', '--no-legend'],
      ...[`${project}@*`, `${project}.service`, 'gatling-*'],
    ),
    say('ss', '-ltnpH'),
    say('systemctl', 'is-active', 'nginx'),
    say('git', `--git-dir=${root}/repo.git`, '-c', `safe.directory=*`, 'rev-parse', 'refs/heads/main'),
  ])
  /** The processes of other apps. */
  const others = new Set(
    processes()
      .filter(({ instance }) => instance !== '' && !instance.startsWith(`${deploy}@`))
      .map(({ pid }) => pid),
  )
  const site = `/etc/nginx/sites-enabled/${project}.conf`
  return {
    state: parsed(text(join(root, 'state.json'))),
    status: parsed(status)?.apps?.[0] ?? null,
    releases: releaseRecords(home, project).map(({ release, outcome, run }) => ({
      release,
      outcome,
      revision: run.request.revision,
    })),
    history: listRuns(home, project)
      .map(({ number, state, request: { task, revision } }) => ({ number, state, task, revision }))
      .reverse(),
    said: [status].filter(one => parsed(one) === null),
    units: units
      .split('\n')
      .filter(Boolean)
      .map(line => {
        const [name = '', load = '', active = '', sub = ''] = line.replace(/^\W+/, '').split(/\s+/)
        return { name, load, active, sub }
      }),
    ports: ports
      .split('\n')
      .filter(Boolean)
      .map(line => ({
        port: Number(/:(\d+)\s/.exec(line)?.[1] ?? 0),
        pid: Number(/pid=(\d+)/.exec(line)?.[1] ?? 0),
      }))
      .filter(({ pid }) => !others.has(pid)),
    nginx: /test is successful/.test(nginx) ? '' : nginx,
    nginxActive: nginxActive.trim(),
    siteLink: link(site),
    siteThere: existsSync(site) && statSync(site).size > 0,
    marker: existsSync(`/var/lib/gatling/route/${project}`),
    current: link(join(deploy, 'current')),
    currentThere: existsSync(join(deploy, 'current', 'bin')),
    onDisk: numbersIn(join(deploy, 'releases')),
    failed: numbersIn(join(deploy, 'failed')),
    configs: numbersIn(`/etc/gatling/configs/${project}`),
    runs: numbersIn(join(root, 'runs')),
    trial: ['a', 'b'].filter(slot => /^GATLING_TRIAL=/m.test(text(`/etc/gatling/env/${project}-${slot}`))),
    wanted: link(`/etc/systemd/system/multi-user.target.wants/${project}.service`) !== null,
    branch: /^[0-9a-f]{40}$/.test(branch.trim()) ? branch.trim() : null,
    left: [
      ...leftIn(root, [join(root, 'build'), join(root, 'home'), join(deploy, 'releases')]),
      ...leftIn('/etc/gatling'),
      ...leftIn('/etc/nginx'),
      ...leftIn('/etc/systemd/system'),
      ...leftIn('/var/lib/gatling/route'),
    ],
    processes: processes()
      .filter(({ user, run, line }) => user === Number(uid) || run !== '' || /gatling\.js/.test(line))
      .map(({ pid, user, run, instance, line, state }) => ({
        pid,
        state,
        own: user === Number(uid),
        run,
        instance,
        line: line.slice(0, 200),
      })),
  }
}

/** @param {string} folder */
const namesIn = folder => (existsSync(folder) ? readdirSync(folder) : [])

/** Lists clusters, as `<version>-<name>`, that names in a folder refer to. @param {string} folder @param {RegExp} form */
const clustersBy = (folder, form) =>
  namesIn(folder).flatMap(name => {
    const [, version, cluster] = form.exec(name) ?? []
    return cluster === undefined ? [] : [`${version}-${cluster}`]
  })

/** Lists the folders of clusters, which are `<version>/<name>`. @param {string} folder */
const clustersIn = folder =>
  namesIn(folder).flatMap(version => namesIn(join(folder, version)).map(name => `${version}-${name}`))

/** Collects the facts of the database of an app, and the files of all databases. @param {{ project: string }} wanted */
const database = async ({ project }) => {
  const gatling = '/usr/local/lib/gatling/bin/gatling'
  const [info, backups, status, clusters, units] = await Promise.all([
    say(gatling, 'db', 'info', project, '--json'),
    say(gatling, 'db', 'backups', project, '--json'),
    say(gatling, 'status', project, '--json'),
    say('pg_lsclusters', '--json'),
    say('systemctl', 'list-units', '--all', '--plain', '--no-legend', 'postgresql@*', 'gatling-*'),
  ])
  const etcUnits = '/etc/systemd/system'
  return {
    said: [info, backups, status].filter(one => parsed(one) === null),
    record: parsed(text(`/etc/gatling/databases/${project}.json`)),
    backupRecord: parsed(text(`/etc/gatling/backups/${project}.json`)),
    info: parsed(info),
    backups: parsed(backups),
    troubles: parsed(status)?.apps?.[0]?.backups?.troubles ?? [],
    clusters: (parsed(clusters) ?? []).map((/** @type {any} */ one) => ({
      id: `${one.version}-${one.cluster}`,
      port: Number(one.port),
      running: Number(one.running) === 1,
    })),
    places: {
      configurations: clustersIn('/etc/postgresql'),
      data: clustersIn('/var/lib/postgresql'),
      logs: clustersBy('/var/log/postgresql', /^postgresql-(\d+)-(.*)\.log$/),
      limits: clustersBy(etcUnits, /^postgresql@(\d+)-(.*)\.service\.d$/),
      wants: clustersBy(`${etcUnits}/multi-user.target.wants`, /^postgresql@(\d+)-(.*)\.service$/),
      sockets: namesIn('/run/gatling-databases'),
    },
    projects: {
      records: namesIn('/etc/gatling/databases'),
      backups: namesIn('/etc/gatling/backups'),
      repositories: namesIn(`${home}/backups`),
      timers: namesIn(`${etcUnits}/timers.target.wants`).filter(name => /^gatling-.*@/.test(name)),
    },
    inFolder: namesIn(`${home}/backups/${project}`),
    inRepository: namesIn(`${home}/backups/${project}/repository/backup`).map(stanza => ({
      stanza,
      backups: namesIn(`${home}/backups/${project}/repository/backup/${stanza}`).filter(name =>
        /^\d{8}-/.test(name),
      ),
    })),
    units: units
      .split('\n')
      .filter(Boolean)
      .map(line => {
        const [name = '', , active = ''] = line.replace(/^\W+/, '').split(/\s+/)
        return { name, active }
      }),
    left: [
      ...leftIn('/etc/postgresql'),
      ...leftIn(`${home}/backups`, [`${home}/backups/${project}/repository`]),
      ...namesIn('/run/gatling-words'),
      ...namesIn('/var/backups/gatling').filter(name => name.endsWith('.part')),
    ],
    processes: processes()
      .filter(({ line }) =>
        /pgbackrest|initdb|pg_(createcluster|dump|amcheck)|gatling\.js (db|enter)/.test(line),
      )
      .map(({ pid, line }) => `${pid} ${line.slice(0, 160)}`),
  }
}

const operations = { hunt, facts, database, sh: (/** @type {{ script: string }} */ { script }) => sh(script) }

createInterface({ input: process.stdin }).on('line', async line => {
  const { id, op, ...wanted } = JSON.parse(line)
  try {
    const value = await /** @type {Record<string, (wanted: any) => unknown>} */ (operations)[op]?.(wanted)
    process.stdout.write(`${JSON.stringify({ id, value: value ?? null })}\n`)
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ id, error: String(error) })}\n`)
  }
})
process.stdin.on('close', () => process.exit(0))
