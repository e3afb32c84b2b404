import * as v from 'valibot'
import { decisions } from '../core/fleet.js'
import type { RestorePoints } from '../core/restore-points.js'
import { type Values, valuesSchema } from '../state/config.js'
import { bodySchema as body, limitsSchema as limits, wholeSchema as whole } from '../state/limits.js'
import { otherVersion } from './errors.js'

/**
 * The protocol between a deploy and the keeper of its app, which is embedded mode or a server's root: `POST
 * /<room>.<method>` on a unix socket, with the arguments as a JSON list. To add a method, write its row here, and the
 * method in the interface of its room. Client and server follow from these two.
 */
const slot = v.picklist(['a', 'b'])
const project = v.string()
const ms = v.number()
const definition = v.object({ project, drainMs: whole, limits, build: limits })
const site = v.object({
  project,
  domains: v.array(v.string()),
  own: v.nullable(v.string()),
  maxBody: body,
  files: v.boolean(),
})
const endpoint = v.object({ host: v.string(), port: whole })
const backend = v.union([endpoint, v.object({ files: slot })])
const processes = v.object({ web: endpoint })
const instance = v.object({ project, slot, release: whole, processes, config: v.optional(whole) })
const status = v.object({
  project: v.string(),
  slot,
  release: v.number(),
  processes,
  pid: v.nullable(v.number()),
  state: v.picklist(['running', 'restarting', 'crash-looping', 'stopping']),
  restarts: v.number(),
  outOfMemory: v.boolean(),
  since: v.string(),
})
const answers = v.object({
  requests: v.number(),
  errors: v.number(),
  latency: v.optional(v.array(v.number())),
})
const exit = v.nullable(v.object({ reason: v.string(), lastLines: v.array(v.string()) }))
/** The keys of migrations. They come from an app, and root keeps them. */
const migrations = v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(5_000))
const variables = v.record(v.string(), v.string())
const none = v.pipe(
  v.null(),
  v.transform(() => undefined),
)

/** Makes an argument optional. JSON has null in its place. */
const optional = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    v.nullish(schema),
    v.transform(value => value ?? undefined),
  )

/** Makes the row of a call. The server checks the arguments, and the client checks the result. */
const call = <const Args extends v.TupleItems, Result extends v.GenericSchema>(
  args: Args,
  result: Result,
): { readonly args: v.TupleSchema<Args, undefined>; readonly result: Result } => ({
  args: v.tuple(args),
  result,
})

/** What only root can do for an app, in addition to its services and its proxy. */
export interface AppKeeper {
  /** Marks a restore point in the database of a release, as {@link RestorePoints.mark} does. */
  mark: RestorePoints['mark']
  points: RestorePoints['list']
  /** Starts the process of a run, which outlives the caller. @returns its pid. */
  perform(project: string, run: number): Promise<number>
  /** Removes everything of an app, even what its own user cannot remove, as soon as its lease is released. */
  forget(project: string): Promise<void>
  /**
   * Returns the present config values, and keeps them for the release `keep`.
   * @param wanted names that get their default value if they have none.
   */
  values(project: string, keep: number | null, wanted: readonly string[]): Promise<Values>
  /**
   * Runs the app on as many machines as gatling.toml asks for, if that has changed; null: it asks for nothing.
   * @returns what a person should know; null: nothing.
   */
  scale(project: string, web: number | null): Promise<string | null>
}

const followerSchema = v.object({ node: v.string(), follows: v.boolean() })

export const protocol = {
  services: {
    install: call([definition], none),
    uninstall: call([project], none),
    processes: call([project, slot], processes),
    start: call([instance], none),
    enable: call([project, slot], none),
    stop: call([project, slot, ms], none),
    exited: call([project, slot, ms], exit),
    environment: call([project, slot], variables),
    variables: call([instance], variables),
    outdated: call([project, slot, whole, whole], v.array(v.string())),
    connections: call([project, slot], v.number()),
    memory: call([project, slot], v.number()),
    listening: call([project, slot], v.array(v.number())),
    lastLines: call([project, slot], v.array(v.string())),
    list: call([optional(project)], v.array(status)),
  },
  proxy: {
    configure: call([site], none),
    route: call([project, backend], none),
    drained: call([project, backend, ms], v.number()),
    answers: call([project, backend, ms, ms], answers),
    remove: call([project], none),
  },
  apps: {
    perform: call([project, whole], v.number()),
    forget: call([project], none),
    scale: call([project, v.nullable(whole)], v.nullable(v.string())),
    values: call([project, v.nullable(whole), v.array(v.string())], valuesSchema),
    mark: call([project, whole, migrations], v.boolean()),
    points: call(
      [project],
      v.nullable(v.object({ points: v.array(v.object({ release: whole, migrations })), next: v.string() })),
    ),
  },
  fleet: {
    open: call([project, whole, v.array(v.string())], v.array(followerSchema)),
    send: call([project, v.string(), whole, whole], none),
    follow: call([project, v.string(), whole], none),
    tell: call([project, v.string(), v.string()], none),
    hear: call([project, v.string()], v.array(v.string())),
    decide: call([project, whole, v.picklist(decisions)], v.picklist(decisions)),
    adopt: call([project, v.string()], none),
  },
} as const

/** The arguments of the call that a deploy keeps open. When it closes, the keeper converges the app. */
export const lease = v.tuple([project, whole])

export type Room = keyof typeof protocol
type Rows<Name extends Room> = (typeof protocol)[Name]
type Row = { readonly args: v.GenericSchema<unknown, unknown[]>; readonly result: v.GenericSchema }

/** A room as a deploy sees it. Results are checked. */
export type Asked<Name extends Room> = {
  readonly [Method in keyof Rows<Name>]: Rows<Name>[Method] extends Row
    ? (
        ...args: v.InferOutput<Rows<Name>[Method]['args']>
      ) => Promise<v.InferOutput<Rows<Name>[Method]['result']>>
    : never
}

/** A room as the keeper serves it. Arguments are checked. */
export type Served<Name extends Room> = {
  readonly [Method in keyof Rows<Name>]: Rows<Name>[Method] extends Row
    ? (...args: v.InferOutput<Rows<Name>[Method]['args']>) => Promise<unknown>
    : never
}

/** Finds the row of a call. @throws GatlingError OTHER_VERSION if there is none. */
export const rowOf = (name: string): { readonly room: Room; readonly method: string; readonly row: Row } => {
  const [room = '', method = ''] = name.split('.')
  const rows: Readonly<Record<string, Row>> | null = isRoom(room) ? protocol[room] : null
  const row = rows !== null && Object.hasOwn(rows, method) ? rows[method] : undefined
  if (!isRoom(room) || row === undefined) throw otherVersion(name)
  return { room, method, row }
}

const isRoom = (name: string): name is Room => Object.hasOwn(protocol, name)

/**
 * Checks a value against its schema.
 * @throws GatlingError OTHER_VERSION: both ends use this file, but one of them can run an older version of it.
 */
export const understood = <Schema extends v.GenericSchema>(
  name: string,
  schema: Schema,
  given: unknown,
): v.InferOutput<Schema> => {
  const parsed = v.safeParse(schema, given)
  if (!parsed.success) throw otherVersion(`${name}: ${parsed.issues[0].message}`)
  return parsed.output
}
