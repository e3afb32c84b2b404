import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import * as v from 'valibot'
import { GatlingError } from '../core/error.js'
import { internal, known } from '../core/errors.js'
import type { ReverseProxy } from '../core/proxy.js'
import type { ServiceManager } from '../core/service-manager.js'
import { type Values, valuesSchema } from '../state/config.js'
import { bodySchema as body, limitsSchema as limits, wholeSchema as whole } from '../state/limits.js'
import { homeTooLong, otherVersion } from './errors.js'

/**
 * How a deploy talks to whoever runs its app, embedded mode or a server's root: `POST /<name>` on a unix socket with the
 * arguments as a JSON list. Each line says what a call's arguments must be; what it answers is told by the interfaces.
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
})
const instance = v.object({ project, slot, release: whole, port: whole, config: v.optional(whole) })
const methods = {
  'services.install': v.tuple([definition]),
  'services.uninstall': v.tuple([project]),
  'services.port': v.tuple([project, slot]),
  'services.start': v.tuple([instance]),
  'services.enable': v.tuple([project, slot]),
  'services.stop': v.tuple([project, slot, ms]),
  'services.exited': v.tuple([project, slot, ms]),
  'services.environment': v.tuple([project, slot]),
  'services.variables': v.tuple([instance]),
  'services.outdated': v.tuple([project, slot, whole, whole]),
  'services.connections': v.tuple([project, slot]),
  'services.listening': v.tuple([project, slot]),
  'services.lastLines': v.tuple([project, slot]),
  'services.list': v.tuple([v.nullable(project)]),
  'proxy.configure': v.tuple([site]),
  'proxy.route': v.tuple([project, whole]),
  'proxy.drained': v.tuple([project, whole, ms]),
  'proxy.answers': v.tuple([project, whole, ms, ms]),
  'proxy.remove': v.tuple([project]),
  'apps.perform': v.tuple([project, whole]),
  'apps.forget': v.tuple([project]),
  'apps.values': v.tuple([project, v.nullable(whole)]),
  /** Held open by a deploy; when it closes, the app is brought to what its state says. */
  lease: v.tuple([project, whole]),
} as const
type Method = keyof typeof methods
type Arguments<Name extends Method> = v.InferOutput<(typeof methods)[Name]>
type Handlers = {
  readonly [Name in Exclude<Method, 'lease'>]: (...args: Arguments<Name>) => Promise<unknown>
}

/** How long the arguments of a call can be, in bytes: an app's own nginx.conf is the longest of them. */
const longestCall = 1024 * 1024
/** How many calls of one app, which may be hostile, are carried out at once. Each push that waits for its turn began with one. */
const mostCalls = 64

/** In bytes: sun_path of unix(7), less its closing zero. */
export const longestSocketPath = 107

/** What only root can do for an app, besides running it and answering for it. */
export interface AppKeeper {
  /** Starts the process of a run, which outlives whoever asked. @returns its pid. */
  perform(project: string, run: number): Promise<number>
  /** Has all of an app removed, also what its own user cannot, as soon as it is let go. */
  forget(project: string): Promise<void>
  /** The config values of now, which are kept for the release `keep`. */
  values(project: string, keep: number | null): Promise<Values>
}

export interface ControlServerOptions {
  /** A path, or a socket that is open already. */
  readonly listen: string | { readonly fd: number }
  readonly services: ServiceManager
  readonly proxy: ReverseProxy
  /** null: whoever asks can do that itself. */
  readonly apps: AppKeeper | null
  /** The one project that may be spoken of; null: any. */
  readonly only: string | null
  readonly onLeaseLost: (project: string, run: number) => void
  /** What a new lease waits for. */
  readonly beforeLease: (project: string) => Promise<void>
  /** Told of every call before it is carried out. */
  readonly onCall?: (name: string, args: unknown) => void
}

const handlersOf = ({ services, proxy, apps }: ControlServerOptions): Handlers => ({
  'services.install': services.install,
  'services.uninstall': services.uninstall,
  'services.port': services.port,
  'services.start': services.start,
  'services.enable': services.enable,
  'services.stop': services.stop,
  'services.exited': services.exited,
  'services.environment': services.environment,
  'services.variables': services.variables,
  'services.outdated': services.outdated,
  'services.connections': services.connections,
  'services.listening': services.listening,
  'services.lastLines': services.lastLines,
  'services.list': project => services.list(project ?? undefined),
  'proxy.configure': proxy.configure,
  'proxy.route': proxy.route,
  'proxy.drained': proxy.drained,
  'proxy.answers': proxy.answers,
  'proxy.remove': proxy.remove,
  'apps.perform': apps?.perform ?? refused,
  'apps.forget': apps?.forget ?? refused,
  'apps.values': apps?.values ?? refused,
})

const refused = async (): Promise<never> => {
  throw new Error('this can be done without asking')
}

/** The other end. @throws GatlingError HOME_TOO_LONG. */
export const listenForControl = async (options: ControlServerOptions): Promise<Server> => {
  const { listen, only, onLeaseLost, beforeLease, onCall } = options
  if (typeof listen === 'string' && Buffer.byteLength(listen) > longestSocketPath) throw homeTooLong(listen)
  const handlers = handlersOf(options)
  const carryOut = <Name extends keyof Handlers>(name: Name, args: Arguments<Name>): Promise<unknown> =>
    handlers[name](...args)
  const call = async (name: string, given: unknown): Promise<unknown> => {
    if (!Object.hasOwn(handlers, name)) throw otherVersion(name)
    const known = name as keyof Handlers
    const args = understood(known, methods[known], given)
    refuseOthers(only, projectIn(args))
    onCall?.(name, args)
    return carryOut(known, args as Arguments<typeof known>)
  }

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = (incoming.url ?? '').slice(1)
    const body: unknown = JSON.parse(await text(incoming, longestCall))
    if (name === 'lease') {
      const [leased, run] = understood('lease', methods.lease, body)
      refuseOthers(only, leased)
      await beforeLease(leased)
      response.once('close', () => onLeaseLost(leased, run))
      response.writeHead(200).flushHeaders()
      return
    }
    const value = await call(name, body)
    response.end(JSON.stringify({ value: value ?? null }))
  }
  // What a caller does wrong, or leaves half said, must not end embedded mode.
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) =>
      response.writeHead(errorStatus).end(JSON.stringify({ error: wire(error) })),
    )
  })
  server.requestTimeout = 0
  if (only !== null) server.maxConnections = mostCalls
  if (typeof listen === 'string') rmSync(listen, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen, () => resolve())
  })
  if (typeof listen === 'string') chmodSync(listen, 0o600)
  return server
}

/** @throws GatlingError OTHER_VERSION: both ends are this file, but one may have been started before it was changed. */
const understood = <Schema extends v.GenericSchema>(
  name: string,
  schema: Schema,
  given: unknown,
): v.InferOutput<Schema> => {
  const parsed = v.safeParse(schema, given)
  if (!parsed.success) throw otherVersion(`${name}: ${parsed.issues[0].message}`)
  return parsed.output
}

const projectIn = ([first]: readonly unknown[]): unknown =>
  typeof first === 'object' && first !== null && 'project' in first ? first.project : first

/** An app's own user may not speak of other apps, whatever it sends. */
const refuseOthers = (only: string | null, project: unknown): void => {
  if (only !== null && project !== only) throw new Error(`this is the door of ${only}`)
}

/** The HTTP status of an answer that is an error. */
const errorStatus = 500
const errorSchema = v.object({ code: v.string(), message: v.string(), hint: v.string() })
const answerSchema = v.union([v.object({ value: v.unknown() }), v.object({ error: errorSchema })])

const wire = (error: unknown): v.InferOutput<typeof errorSchema> => {
  const { code, message, hint } = known(error)
  if (code !== internal.code) return { code, message, hint }
  return { code, message: error instanceof Error ? error.message : String(error), hint: '' }
}

const statusSchema = v.object({
  project: v.string(),
  slot,
  release: v.number(),
  port: v.number(),
  pid: v.nullable(v.number()),
  state: v.picklist(['running', 'restarting', 'crash-looping', 'stopping']),
  restarts: v.number(),
  outOfMemory: v.boolean(),
  since: v.string(),
})
const answersSchema = v.object({ requests: v.number(), errors: v.number() })
const exitSchema = v.nullable(v.object({ reason: v.string(), lastLines: v.array(v.string()) }))

export interface ControlClient {
  readonly services: ServiceManager
  readonly proxy: ReverseProxy
  readonly apps: AppKeeper
  /** Holds the app for one deploy. @returns what lets it go. @throws GatlingError NOT_SERVING or DOOR_CLOSED. */
  lease(project: string, run: number): Promise<() => void>
}

/** The deploy's end. Every call throws what `unreachable` makes when nobody listens. */
export const controlClient = (socket: string, unreachable: () => GatlingError): ControlClient => {
  const ask = async <Name extends Method, Schema extends v.GenericSchema>(
    name: Name,
    args: Arguments<Name>,
    schema: Schema,
  ): Promise<v.InferOutput<Schema>> => {
    const response = await post(socket, unreachable, name, args)
    return understood(name, schema, await answerOf(name, response))
  }
  const none = v.null()
  const done = async (work: Promise<null>): Promise<void> => void (await work)

  return {
    services: {
      install: definition => done(ask('services.install', [definition], none)),
      uninstall: (...args) => done(ask('services.uninstall', args, none)),
      port: (...args) => ask('services.port', args, v.number()),
      start: instance => done(ask('services.start', [{ ...instance }], none)),
      enable: (...args) => done(ask('services.enable', args, none)),
      stop: (...args) => done(ask('services.stop', args, none)),
      exited: (...args) => ask('services.exited', args, exitSchema),
      environment: (...args) => ask('services.environment', args, v.record(v.string(), v.string())),
      variables: instance => ask('services.variables', [{ ...instance }], v.record(v.string(), v.string())),
      outdated: (...args) => ask('services.outdated', args, v.array(v.string())),
      connections: (...args) => ask('services.connections', args, v.number()),
      listening: (...args) => ask('services.listening', args, v.array(v.number())),
      lastLines: (...args) => ask('services.lastLines', args, v.array(v.string())),
      list: project => ask('services.list', [project ?? null], v.array(statusSchema)),
    },
    proxy: {
      configure: site => done(ask('proxy.configure', [{ ...site, domains: [...site.domains] }], none)),
      route: (...args) => done(ask('proxy.route', args, none)),
      drained: (...args) => ask('proxy.drained', args, v.number()),
      answers: (...args) => ask('proxy.answers', args, answersSchema),
      remove: (...args) => done(ask('proxy.remove', args, none)),
    },
    apps: {
      perform: (...args) => ask('apps.perform', args, v.number()),
      forget: (...args) => done(ask('apps.forget', args, none)),
      values: (...args) => ask('apps.values', args, valuesSchema),
    },
    lease: async (project, run) => {
      let isWanted = true
      let held: IncomingMessage
      /** Whoever runs the app may die and be started again: then it must know again for whom the app is held. */
      const hold = async (): Promise<void> => {
        held = await post(socket, unreachable, 'lease', [project, run])
        if (held.statusCode === errorStatus) await answerOf('lease', held)
        held
          .on('error', () => {})
          .once('close', () => {
            if (isWanted && !held.complete) holdAgain()
          })
        held.resume()
        // Let go in the meantime.
        if (!isWanted) held.destroy()
      }
      const holdAgain = (): void => {
        hold().catch(() => {
          if (isWanted) setTimeout(holdAgain, holdAgainMs).unref()
        })
      }
      await hold()
      return () => {
        isWanted = false
        held.destroy()
      }
    },
  }
}

/** What came back from a call. @throws GatlingError what the other end threw, or OTHER_VERSION. */
const answerOf = async (name: Method, response: IncomingMessage): Promise<unknown> => {
  const answer = understood(name, answerSchema, JSON.parse(await text(response)))
  if ('error' in answer) throw new GatlingError(answer.error.code, answer.error.message, answer.error.hint)
  return answer.value
}

/** How often a deploy asks whether whoever ran the app is back, in ms. */
const holdAgainMs = 500

const post = (socketPath: string, unreachable: () => GatlingError, name: Method, args: unknown) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request({ socketPath, path: `/${name}`, method: 'POST', agent: false }, resolve)
    outgoing.once('error', () => reject(unreachable()))
    outgoing.end(JSON.stringify(args))
  })

/** @throws Error when it is longer than so many bytes, without having read the rest. */
const text = async (stream: AsyncIterable<Buffer>, longest = Number.POSITIVE_INFINITY): Promise<string> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > longest) throw new Error(`a call of more than ${longest} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
