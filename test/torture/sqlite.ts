import { withSqlite } from '../helpers/postgres.js'
import { lazyVm } from '../helpers/world.js'
import type { World } from './world.js'

/** An app with a SQLite file, beside the main app. */
export interface Cart {
  /** The number of rows that each of its files must have, by path. */
  readonly rows: Map<string, number>
  /** Returns the file that the app says it uses. */
  serving(): Promise<string>
  /** Commits some more rows in that file. */
  fill(): Promise<void>
  countIn(path: string): Promise<number>
  facts(): Promise<CartFacts>
}

/** The facts of the file and its backups. */
export interface CartFacts {
  readonly known: {
    readonly promoting: string | null
    readonly copies: readonly {
      readonly label: string
      readonly path: string
      readonly state: string
      readonly served: readonly { readonly until: string | null }[]
    }[]
    readonly backups: Readonly<Record<string, { readonly tables: readonly { readonly rows: number }[] }>>
  }
  /** Oldest first. */
  readonly listed: readonly { readonly id: string }[]
  readonly troubles: readonly string[]
  /** The names in the folders of the app, its data and its backups, and the locks of restic. */
  readonly names: readonly string[]
  readonly units: readonly string[]
}

const project = 'cart'
const root = `/var/lib/gatling/apps/${project}`
const carts = new WeakMap<World, Cart>()

/** Returns the app of a world, which it makes if it is missing. */
export const cartIn = async (world: World): Promise<Cart> => {
  const known = carts.get(world)
  if (known) return known
  // For a new site nginx is reloaded, and closes connections that are kept alive, also right as a request comes
  // (RFC 9112, 9.3.1). A browser sends it again; our clients do not.
  const end = world.traffic.outage()
  const app = await world.app(project, { ...lazyVm, ...withSqlite(project) })
  const pushed = await app.push()
  end()
  if (pushed.code !== 0) throw new Error(pushed.text)
  await world.machine.until(`gatling db backups ${project} | grep -q full`, 'the first backup')
  const cart = cartOf(world)
  await sqlite(world, await cart.serving(), 'create table carts (n integer primary key)')
  carts.set(world, cart)
  return cart
}

const sqlite = (world: World, path: string, sql: string): Promise<string> =>
  world.agent.sh(`cd /; runuser -u gatling-${project} -- sqlite3 ${path} '${sql}'`)

/** Without EXTRA, a power cut right after a commit can take that back (sqlite.org/pragma.html, synchronous). */
const more = `pragma synchronous = extra;
  with recursive c(n) as (select 1 union all select n + 1 from c limit 500)
  insert into carts select null from c`

const cartOf = (world: World): Cart => {
  const rows = new Map<string, number>()
  const serving = async (): Promise<string> => {
    const said = await world.agent.sh(`curl -sf -H 'Host: ${project}.test' http://localhost/version`)
    return JSON.parse(said).greeting.replace('Hello from ', '')
  }
  const countIn = async (path: string): Promise<number> =>
    Number(await sqlite(world, path, 'select count(*) from carts'))
  return {
    rows,
    serving,
    countIn,
    fill: async () => {
      const path = await serving()
      await sqlite(world, path, more)
      rows.set(path, await countIn(path))
    },
    facts: async () => JSON.parse(await world.agent.sh(look)) as CartFacts,
  }
}

const look = `node -e '
  const { execFileSync } = require("node:child_process")
  const say = (...argv) => execFileSync(argv[0], argv.slice(1), { encoding: "utf8" })
  const namesIn = folder => fs.existsSync(folder) ? fs.readdirSync(folder).map(name => folder + "/" + name) : []
  const backups = "/var/lib/gatling/backups/${project}"
  console.log(JSON.stringify({
    known: JSON.parse(fs.readFileSync("/etc/gatling/sqlite/${project}.json", "utf8")),
    listed: JSON.parse(say("gatling", "db", "backups", "${project}", "--json")).backups,
    troubles: JSON.parse(say("gatling", "status", "${project}", "--json")).apps[0].backups.troubles,
    names: [
      ...namesIn("${root}").filter(name => name.includes("sqlite")),
      ...namesIn("${root}/data").filter(name => name.includes(".db")),
      ...[backups, backups + "/restic/locks", "/etc/gatling/sqlite"].flatMap(namesIn),
    ],
    units: say("systemctl", "list-units", "--all", "--plain", "--no-legend", "gatling-sqlite-*")
      .split(String.fromCharCode(10)).filter(Boolean),
  }))'`

/** Lists breaches that are wrong at any time: a file lacks rows, or has other rows. */
export const rowOffences = async (cart: Cart): Promise<readonly string[]> => {
  const { known } = await cart.facts()
  const wrong: string[] = []
  for (const { path, state } of known.copies) {
    const expected = cart.rows.get(path)
    if (state !== 'there' || expected === undefined) continue
    const found = await cart.countIn(path).catch(error => `no answer: ${error}`)
    if (found !== expected) wrong.push(`${path} has ${found} rows, not ${expected}`)
  }
  return wrong
}

const keys = ['json', 'key'].map(ending => `/etc/gatling/sqlite/${project}.${ending}`)

/** Lists breaches after the command ran again: leftovers, and unfinished files. */
export const cartOffences = async (cart: Cart): Promise<readonly string[]> => {
  const { known, troubles, names, units } = await cart.facts()
  const serves = known.copies.find(({ served }) => served.at(-1)?.until === null)
  const path = await cart.serving()
  const ours = known.copies.flatMap(copy => [copy.path, `${copy.path}-wal`, `${copy.path}-shm`])
  const kept = [...ours, ...keys, `/var/lib/gatling/backups/${project}/restic`]
  return [
    ...(serves?.path === path ? [] : [`${serves?.label} is noted, and the app uses ${path}`]),
    ...(known.promoting === null ? [] : [`the promotion of ${known.promoting} is not over`]),
    ...known.copies.filter(({ state }) => state === 'making').map(({ label }) => `${label} is half made`),
    ...names.filter(name => !kept.includes(name)).map(name => `${name} is nobody's`),
    ...units.map(unit => `a unit is left: ${unit}`),
    ...troubles,
  ]
}
