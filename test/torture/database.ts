import { installOlder, showNewer } from '../server/database-sql.js'
import type { DatabaseFacts } from './facts.js'
import { startWitness, type Witness } from './witness.js'
import type { World } from './world.js'

/** The database of the world's app. A witness writes to it all the time. */
export interface Database {
  readonly witness: Witness
  /** Notes that one cluster was restored from another, as of a time in ms since 1970. */
  restored(from: string, to: string, at: number): void
  /** Notes that one cluster replaced another, with all its rows. */
  upgraded(from: string, to: string): void
  /** Returns the result of SQL in a cluster, as the superuser. */
  sql(cluster: { readonly name: string; readonly port: number }, query: string): Promise<string>
  /** Tells whether a cluster has a row that was sent after a time, in ms since 1970. */
  hasLater(cluster: { readonly name: string; readonly port: number }, at: number): Promise<boolean>
  /** Lists the rows that a cluster lacks. */
  missingIn(cluster: { readonly name: string; readonly port: number }): Promise<readonly string[]>
}

const databases = new WeakMap<World, Database>()

/** Returns the database of a world, which it makes if it is missing. `pushed` is the version that it deployed for that. */
export const databaseIn = async (
  world: World,
): Promise<{ readonly database: Database; readonly pushed: string | null }> => {
  const known = databases.get(world)
  if (known) return { database: known, pushed: null }
  const made = await make(world)
  databases.set(world, made.database)
  return made
}

const make = async (world: World): Promise<{ database: Database; pushed: string }> => {
  const { machine, agent } = world
  await machine.sh(installOlder, { timeoutMs: 300_000 })
  const said = await world.say('db', 'create', 'shop').ended
  if (said.code !== 0) throw new Error(said.text)
  await machine.sh(showNewer)
  const sql: Database['sql'] = ({ name, port }, query) =>
    agent.sh(
      `cd / && runuser -u postgres -- psql -XAtq -h /run/gatling-databases/${name} -p ${port} app <<'SQL'\n${query}\nSQL`,
    )
  const { record } = await agent.database('shop')
  if (record === null) throw new Error('the database was not noted')
  await sql(
    record.cluster,
    'create table ticks (n bigint primary key, at timestamptz not null default clock_timestamp()); alter table ticks owner to app',
  )
  const pushed = await world.commitWithDatabase()
  const { code, text } = await world.push().ended
  if (code !== 0) throw new Error(text)
  const witness = startWitness(machine)
  world.endWith(witness.stop)
  const { rows } = witness
  const database: Database = {
    witness,
    sql,
    restored: (from, to, at) => {
      rows.set(
        to,
        (rows.get(from) ?? []).filter(({ heardAt }) => heardAt <= at),
      )
    },
    upgraded: (from, to) => {
      rows.set(to, [...(rows.get(from) ?? []), ...(rows.get(to) ?? [])])
    },
    hasLater: async (cluster, at) =>
      witness.sentAt(Number(await sql(cluster, 'select coalesce(max(n), -1) from ticks'))) > at,
    missingIn: async cluster => {
      // Every row confirmed until now must be there. Later rows can be.
      const expected = [...(rows.get(cluster.name) ?? [])]
      const ranges = (await sql(cluster, islands)).trim().split('\n').filter(Boolean).map(rangeIn)
      const lost = expected.filter(({ n }) => !ranges.some(([from, to]) => from <= n && n <= to))
      return lost.length === 0
        ? []
        : [`${lost.length} of ${expected.length} rows are missing in ${cluster.name}: ${lost[0]?.n} and on`]
    },
  }
  return { database, pushed }
}

/** Selects the numbers in the table, as ranges without a gap. */
const islands = `select min(n), max(n) from (select n, n - row_number() over (order by n) as island from ticks) t
  group by island order by 1`

const rangeIn = (line: string): readonly [number, number] => {
  const [from = 0, to = 0] = line.split('|').map(Number)
  return [from, to]
}

const idOf = ({ version, name }: { readonly version: string; readonly name: string }): string =>
  `${version}-${name}`

/** Returns the label of the cluster that an upgrade has stopped and kept. */
export const keptBy = ({ backupRecord }: DatabaseFacts): string | undefined =>
  backupRecord?.copies.find(({ served }) => served.at(-1)?.until === null)?.upgraded_from

/** Lists breaches of what must hold whenever no command changes the database. */
export const servingOffences = (facts: DatabaseFacts): readonly string[] => {
  const { said, record, backupRecord, info, backups } = facts
  // A promotion that was killed can be live before it is recorded. `db info` names the live one.
  const promoted = backupRecord?.copies.find(({ label }) => label === backupRecord.promoting)
  const served = [record?.cluster.name, promoted?.cluster.name]
  return [
    ...said.map(text => `a command has no answer: ${text.trim().slice(0, 200)}`),
    ...(record?.created ? [] : ['no database is noted']),
    ...(info?.running ? [] : ['db info says that it does not run']),
    ...(served.includes(info?.cluster) ? [] : [`db info names ${info?.cluster}`]),
    ...((backups?.copies.filter(({ serves }) => serves).length ?? 0) === 1
      ? []
      : [`not one of ${JSON.stringify(backups?.copies)} serves`]),
  ]
}

/** Lists breaches after the command ran again: leftovers, and unfinished files. */
export const leftOffences = (facts: DatabaseFacts): readonly string[] => {
  const { record, backupRecord, places, projects, units, clusters } = facts
  const known = new Set(
    (backupRecord?.copies ?? []).filter(({ state }) => state !== 'gone').map(c => idOf(c.cluster)),
  )
  if (record) known.add(idOf(record.cluster))
  const kept = keptBy(facts)
  const old = backupRecord?.copies.find(({ label }) => label === kept)
  const stopped = old && idOf(old.cluster)
  const names = new Set([...known].map(id => id.replace(/^\d+-/, '')))
  const ports = clusters.map(({ port }) => port)
  const listed = new Set((facts.backups?.backups ?? []).map(({ id }) => id))
  const ours = ['shop.json', 'shop.conf', 'shop', 'gatling-backup@shop.timer', 'gatling-proof@shop.timer']
  // These exist while the storage is set, and for an app with SQLite.
  const others = ['shop.storage.conf', 'cart', 'gatling-backup@cart.timer', 'gatling-proof@cart.timer']
  return [
    ...(backupRecord?.promoting == null ? [] : [`the promotion of ${backupRecord.promoting} is not over`]),
    ...(record?.rotating === undefined ? [] : [`the rotation to ${record.rotating} is not over`]),
    ...(backupRecord?.copies ?? [])
      .filter(({ state }) => state === 'making')
      .map(({ label }) => `${label} is half made`),
    ...clusters.filter(({ id }) => !known.has(id)).map(({ id }) => `cluster ${id} is nobody's`),
    ...clusters
      .filter(({ id, running }) => !running && id !== stopped)
      .map(({ id }) => `cluster ${id} does not run`),
    ...(new Set(ports).size === ports.length ? [] : [`two clusters have one port: ${ports.join(' ')}`]),
    ...Object.entries(places).flatMap(([what, ids]) =>
      ids.filter(id => !(what === 'sockets' ? names : known).has(id)).map(id => `${what}: ${id} is nobody's`),
    ),
    ...Object.entries(projects).flatMap(([what, all]) =>
      all.filter(name => ![...ours, ...others].includes(name)).map(name => `${what}: ${name} is nobody's`),
    ),
    ...facts.inFolder
      .filter(name => !['repository', 'lost', 'queue', 'sending', 'stored'].includes(name))
      .map(name => `${name} is with the backups`),
    ...facts.inRepository.flatMap(({ stanza, backups }) =>
      backups.filter(id => !listed.has(id)).map(id => `backup ${id} of ${stanza} is unfinished`),
    ),
    ...units
      .filter(({ name, active }) =>
        name.startsWith('gatling-')
          ? !/^gatling-door|\.timer$|^gatling-storage@shop\.path$/.test(name) && active !== 'inactive'
          : active === 'failed',
      )
      .map(({ name, active }) => `${name} is ${active}`),
    ...facts.left.map(path => `${path} is unfinished`),
    ...facts.processes.map(line => `a process is left: ${line}`),
  ]
}
