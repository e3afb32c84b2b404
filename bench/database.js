// Measures the commands of a database and how exact a restore is, on a real machine of `test/server`.
import { createJiti } from 'jiti'
import { median, root, runAlone, sleep, timed } from './lib.js'

const jiti = createJiti(import.meta.url)
/** @type {typeof import('../test/server/machine.js')} */
const { createLab } = await jiti.import(`${root}/test/server/machine.ts`)
/** @type {typeof import('../test/server/server.js')} */
const { createServer, load } = await jiti.import(`${root}/test/server/server.ts`)
/** @type {typeof import('../test/helpers/postgres.js')} */
const { withPostgres } = await jiti.import(`${root}/test/helpers/postgres.ts`)

/** @typedef {import('../test/server/server.js').Server} Server */
/** @typedef {import('./lib.js').Row} Row */

const longMs = 900_000

/** @param {Server} server @param {string} script */
const sh = (server, script) => server.machine.sh(script, { timeoutMs: longMs })

/** Runs SQL in a cluster as the superuser. @param {Server} server @param {string} query @param {string} [cluster] */
const sql = async (server, query, cluster = 'shop') => {
  const port = (await sh(server, `pg_lsclusters --no-header | awk '$2 == "${cluster}" { print $3 }'`)).trim()
  const psql = `cd / && runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 -h /run/gatling-databases/${cluster} -p ${port} app`
  return (await sh(server, `${psql} <<'SQL'\n${query}\nSQL`)).trim()
}

/** @param {Server} server @param {...string} argv */
const gatling = async (server, ...argv) => {
  const { code, text } = await server.machine.run(['gatling', ...argv], { timeoutMs: longMs })
  if (code !== 0) throw new Error(text)
  return text
}

/** Lists the longest actions of a command, for a note. @param {string} text */
const longest = text =>
  [...text.matchAll(/^▸ (\S+)\n(?: {2}(?!✓).*\n)* {2}✓ ([\d.]+) s/gm)]
    .map(([, name, seconds]) => ({ name, seconds: Number(seconds) }))
    .sort((one, other) => other.seconds - one.seconds)
    .slice(0, 4)
    .map(({ name, seconds }) => `${name} ${seconds}`)
    .join(', ')

/** Measures `db create` again and again, for an app that has no database. @param {Server} server @returns {Promise<Row[]>} */
const create = async server => {
  await sh(server, 'gatling config set blog A=1')
  /** @type {number[]} */
  const took = []
  let text = ''
  for (let round = 0; round < 5; round++) {
    took.push(
      await timed(async () => {
        text = await gatling(server, 'db', 'create', 'blog')
      }),
    )
    if (round < 4) await gatling(server, 'db', 'destroy', 'blog', '--yes', '--no-dump')
  }
  return [
    {
      what: 'db create, where the packages are there',
      value: median(took) / 1_000,
      unit: 's',
      limit: 5,
      note: longest(text),
    },
  ]
}

/** Measures the memory of an idle cluster, with the share of each process in common memory. @param {Server} server @returns {Promise<Row[]>} */
const idleMemory = async server => {
  await sleep(5_000)
  const script = `for pid in $(systemctl show postgresql@17-blog -p ControlGroup --value | xargs -I{} find /sys/fs/cgroup -path '*{}/cgroup.procs' | head -n 1 | xargs cat); do
    awk '/^Pss:/ { print $2 }' /proc/$pid/smaps_rollup; done | awk '{ sum += $1 } END { print sum, NR }'`
  const [kilobytes = 0, processes = 0] = (await sh(server, script)).trim().split(' ').map(Number)
  return [
    {
      what: 'memory of an idle cluster (PSS)',
      value: kilobytes / 1_024,
      unit: 'MB',
      note: `${processes} processes`,
    },
  ]
}

/**
 * Restores the database at random times, and looks at its last row. Each row begins after the commit of the previous one. So
 * the last row must be the newest one that had begun, or the previous one, if the newest committed later.
 * @param {Server} server @param {number} points @returns {Promise<Row[]>}
 */
const exactness = async (server, points) => {
  await sql(
    server,
    'create table ticks (n bigserial primary key, at timestamptz not null default clock_timestamp()); alter table ticks owner to app',
  )
  await gatling(server, 'db', 'backup', 'shop', '--full')
  await sleep(2_000)
  const began = Date.now()
  await sh(
    server,
    `systemd-run -q --unit=witness -p User=postgres bash -c '(echo "\\\\o /dev/null"
     echo "insert into ticks default values \\\\watch 0.01") | psql -Xq -h /run/gatling-databases/shop app'`,
  )
  await sleep(30_000)
  await gatling(server, 'db', 'backup', 'shop')
  await sleep(30_000)
  const ended = Date.now()
  await sleep(1_000)
  await sh(server, 'systemctl stop witness')
  /** @type {string[]} */
  const wrong = []
  /** @type {number[]} */
  const took = []
  for (let point = 0; point < points; point++) {
    const at = new Date(began + Math.random() * (ended - began)).toISOString()
    took.push(await timed(() => gatling(server, 'db', 'restore', 'shop', '--at', at)))
    const copies = JSON.parse(await sh(server, 'gatling db backups shop --json')).copies
    const { label } = copies.at(-1)
    const [last, count] = (
      await sql(server, 'select coalesce(max(n), 0), count(*) from ticks', `shop.${label}`)
    ).split('|')
    const [begun = ''] = (await sql(server, `select count(*) from ticks where at <= '${at}'`)).split('\n')
    // The number of the last row equals the count, so no row is missing.
    if (last !== count || ![Number(begun), Number(begun) - 1].includes(Number(count)))
      wrong.push(`${at}: ${count} rows up to ${last}, and ${begun} were begun`)
    // The restore now looks as if it was killed, so the next one removes it.
    await sh(
      server,
      `node -e 'const path = "/etc/gatling/backups/shop.json", known = JSON.parse(fs.readFileSync(path, "utf8"))
       known.copies.find(({ label }) => label === "${label}").state = "making"
       fs.writeFileSync(path, JSON.stringify(known))'`,
    )
  }
  return [
    {
      what: `points in time restored wrongly, of ${points}`,
      value: wrong.length,
      unit: '',
      limit: 0,
      note: wrong.slice(0, 2).join('; '),
    },
    { what: 'restore to a point in time, of a small database', value: median(took) / 1_000, unit: 's' },
  ]
}

/** Measures a swap to a restored database under load. @param {Server} server @returns {Promise<Row[]>} */
const promotion = async server => {
  await gatling(server, 'db', 'restore', 'shop', '--at', new Date().toISOString())
  const { label } = JSON.parse(await sh(server, 'gatling db backups shop --json')).copies.at(-1)
  const clients = load(server.machine.address, 'shop.test', 8)
  const took = await timed(() => gatling(server, 'db', 'promote', 'shop', label))
  await gatling(server, 'db', 'promote', 'shop', 'r0')
  const { requests, failures } = await clients.end()
  return [
    {
      what: 'requests failed in two promotions',
      value: failures.length,
      unit: '',
      limit: 0,
      note: `of ${requests}; ${failures.slice(0, 2).join('; ')}`,
    },
    { what: 'db promote, with the first backup', value: took / 1_000, unit: 's' },
  ]
}

/** Runs pgbench with and without an archive, in turns. @param {Server} server @returns {Promise<Row[]>} */
const archiveCost = async server => {
  const later = '/etc/postgresql/17/shop/conf.d/zz.conf'
  const reload = `runuser -u postgres -- psql -qXAt -h /run/gatling-databases/shop -d postgres -c 'select pg_reload_conf()' >/dev/null; sleep 1`
  const pgbench = `runuser -u postgres -- /usr/lib/postgresql/17/bin/pgbench -h /run/gatling-databases/shop -n -c 4 -T 10 app 2>&1 | sed -n 's/^tps = \\([0-9.]*\\).*/\\1/p'`
  await sh(
    server,
    'cd / && runuser -u postgres -- /usr/lib/postgresql/17/bin/pgbench -h /run/gatling-databases/shop -i -q -s 10 app 2>&1',
  )
  /** @type {number[]} */
  const ratios = []
  for (let round = 0; round < 5; round++) {
    const off = Number(
      await sh(server, `cd /; echo "archive_command = '/bin/true'" >${later}; ${reload}; ${pgbench}`),
    )
    const on = Number(await sh(server, `cd /; rm ${later}; ${reload}; ${pgbench}`))
    ratios.push(on / off)
  }
  await sh(
    server,
    'cd / && runuser -u postgres -- psql -qX -h /run/gatling-databases/shop app -c "drop table pgbench_accounts, pgbench_branches, pgbench_history, pgbench_tellers"',
  )
  return [
    {
      what: 'write throughput that the archive costs',
      value: 100 * (1 - median(ratios)),
      unit: '%',
      limit: 5,
      note: `each round: ${ratios.map(ratio => ratio.toFixed(2)).join(' ')}`,
    },
  ]
}

/** @param {Server} server @param {number} megabytes @returns {Promise<Row[]>} */
const large = async (server, megabytes) => {
  // Each row has a kilobyte, which cannot be compressed much.
  await sql(
    server,
    `create table large as select g, (select string_agg(md5(g::text || i), '') from generate_series(1, 28) i) as text
     from generate_series(1, ${megabytes} * 1000) g`,
  )
  const size = Number(await sql(server, "select pg_database_size('app')"))
  const backup = await timed(() => gatling(server, 'db', 'backup', 'shop', '--full'))
  const restore = await timed(() =>
    gatling(server, 'db', 'restore', 'shop', '--at', new Date(Date.now() - 1).toISOString()),
  )
  const note = `${Math.round(size / 1e6)} MB`
  return [
    { what: 'full backup of that', value: backup / 1_000, unit: 's', note },
    { what: 'restore of 1 GB', value: restore / 1_000, unit: 's', limit: 60, note },
  ]
}

/** @type {import('./lib.js').Bench} */
export const bench = async ([points = '100', megabytes = '1024', only = '']) => {
  const lab = await createLab()
  try {
    const server = await createServer(lab, 'db')
    const shop = await server.app('shop', withPostgres())
    // Installs the packages before the measured commands run.
    await gatling(server, 'db', 'create', 'shop')
    const push = await shop.push()
    if (push.code !== 0) throw new Error(push.text)
    const parts = {
      create: () => create(server),
      idleMemory: () => idleMemory(server),
      exactness: () => exactness(server, Number(points)),
      promotion: () => promotion(server),
      archiveCost: () => archiveCost(server),
      large: () => large(server, Number(megabytes)),
    }
    /** @type {Row[]} */
    const rows = []
    for (const [name, measure] of Object.entries(parts))
      if (only === '' || only.split(',').includes(name)) rows.push(...(await measure()))
    server.close()
    return rows
  } finally {
    await lab.close()
  }
}

await runAlone(import.meta.url, bench)
