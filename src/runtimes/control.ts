import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import * as v from 'valibot'
import { GatlingError, homeTooLong, notServing } from '../core/errors.js'
import type { ReverseProxy } from '../core/proxy.js'
import type { ServiceManager } from '../core/service-manager.js'

/**
 * How a deploy talks to embedded mode: `POST /<name>` on a unix socket with the arguments as a JSON list.
 * Each line says what a call's arguments must be; what it answers is told by the interfaces.
 */
const slot = v.picklist(['a', 'b'])
const project = v.string()
const ms = v.number()
const methods = {
  'services.install': v.tuple([project, v.string()]),
  'services.uninstall': v.tuple([project]),
  'services.start': v.tuple([v.object({ project, slot, release: v.number(), port: v.number() })]),
  'services.enable': v.tuple([project, slot]),
  'services.stop': v.tuple([project, slot, ms]),
  'services.exited': v.tuple([project, slot, ms]),
  'services.environment': v.tuple([project, slot]),
  'services.outdated': v.tuple([project, slot, v.number()]),
  'services.listening': v.tuple([project, slot]),
  'services.lastLines': v.tuple([project, slot]),
  'services.list': v.tuple([v.nullable(project)]),
  'proxy.configure': v.tuple([v.object({ project, domains: v.array(v.string()) })]),
  'proxy.route': v.tuple([project, v.number()]),
  'proxy.drained': v.tuple([project, v.number(), ms]),
  'proxy.remove': v.tuple([project]),
  /** Held open by a deploy; when it closes, the app is brought to what its state says. */
  lease: v.tuple([project]),
}
type Method = keyof typeof methods
type Arguments<Name extends Method> = v.InferOutput<(typeof methods)[Name]>

/** In bytes: sun_path of unix(7), less its closing zero. */
export const longestSocketPath = 107

export interface ControlServerOptions {
  readonly socket: string
  readonly services: ServiceManager
  readonly proxy: ReverseProxy
  readonly onLeaseLost: (project: string) => void
}

/** The embedded mode's end. @throws GatlingError HOME_TOO_LONG. */
export const listenForControl = async (options: ControlServerOptions): Promise<Server> => {
  const { socket, services, proxy, onLeaseLost } = options
  if (Buffer.byteLength(socket) > longestSocketPath) throw homeTooLong(socket)
  const call = async (name: string, given: unknown): Promise<unknown> => {
    const args = <Name extends Method>(method: Name): Arguments<Name> =>
      v.parse(methods[method], given) as Arguments<Name>
    switch (name as Exclude<Method, 'lease'>) {
      case 'services.install':
        return services.install(...args('services.install'))
      case 'services.uninstall':
        return services.uninstall(...args('services.uninstall'))
      case 'services.start':
        return services.start(...args('services.start'))
      case 'services.enable':
        return services.enable(...args('services.enable'))
      case 'services.stop':
        return services.stop(...args('services.stop'))
      case 'services.exited':
        return services.exited(...args('services.exited'))
      case 'services.environment':
        return services.environment(...args('services.environment'))
      case 'services.outdated':
        return services.outdated(...args('services.outdated'))
      case 'services.listening':
        return services.listening(...args('services.listening'))
      case 'services.lastLines':
        return services.lastLines(...args('services.lastLines'))
      case 'services.list':
        return services.list(args('services.list')[0] ?? undefined)
      case 'proxy.configure':
        return proxy.configure(...args('proxy.configure'))
      case 'proxy.route':
        return proxy.route(...args('proxy.route'))
      case 'proxy.drained':
        return proxy.drained(...args('proxy.drained'))
      case 'proxy.remove':
        return proxy.remove(...args('proxy.remove'))
      default:
        throw new Error(`there is no call ${name}`)
    }
  }

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = (incoming.url ?? '').slice(1)
    const body: unknown = JSON.parse(await text(incoming))
    if (name === 'lease') {
      const [leased] = v.parse(methods.lease, body)
      response.once('close', () => onLeaseLost(leased))
      response.writeHead(200).flushHeaders()
      return
    }
    const value = await call(name, body)
    response.end(JSON.stringify({ value: value ?? null }))
  }
  // What a caller does wrong, or leaves half said, must not end embedded mode.
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => response.end(JSON.stringify({ error: wire(error) })))
  })
  server.requestTimeout = 0
  rmSync(socket, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, () => resolve())
  })
  chmodSync(socket, 0o600)
  return server
}

const errorSchema = v.object({ code: v.string(), message: v.string(), hint: v.string() })
const answerSchema = v.union([v.object({ value: v.unknown() }), v.object({ error: errorSchema })])

const wire = (error: unknown): v.InferOutput<typeof errorSchema> =>
  error instanceof GatlingError
    ? { code: error.code, message: error.message, hint: error.hint }
    : { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), hint: '' }

const statusSchema = v.object({
  project: v.string(),
  slot,
  release: v.number(),
  port: v.number(),
  pid: v.nullable(v.number()),
  state: v.picklist(['running', 'restarting', 'crash-looping', 'stopping']),
  restarts: v.number(),
  since: v.string(),
})
const exitSchema = v.nullable(v.object({ reason: v.string(), lastLines: v.array(v.string()) }))

export interface ControlClient {
  readonly services: ServiceManager
  readonly proxy: ReverseProxy
  /** Holds the app for one deploy. @returns what lets it go. @throws GatlingError NOT_SERVING. */
  lease(project: string): Promise<() => void>
}

/** The deploy's end. Every call throws NOT_SERVING when embedded mode does not run. */
export const controlClient = (socket: string, home: string): ControlClient => {
  const ask = async <Name extends Method, Schema extends v.GenericSchema>(
    name: Name,
    args: Arguments<Name>,
    schema: Schema,
  ): Promise<v.InferOutput<Schema>> => {
    const response = await post(socket, home, name, args)
    const answer = v.parse(answerSchema, JSON.parse(await text(response)))
    if ('error' in answer) throw new GatlingError(answer.error.code, answer.error.message, answer.error.hint)
    return v.parse(schema, answer.value)
  }
  const none = v.null()
  const done = async (work: Promise<null>): Promise<void> => void (await work)

  return {
    services: {
      install: (...args) => done(ask('services.install', args, none)),
      uninstall: (...args) => done(ask('services.uninstall', args, none)),
      start: instance => done(ask('services.start', [{ ...instance }], none)),
      enable: (...args) => done(ask('services.enable', args, none)),
      stop: (...args) => done(ask('services.stop', args, none)),
      exited: (...args) => ask('services.exited', args, exitSchema),
      environment: (...args) => ask('services.environment', args, v.record(v.string(), v.string())),
      outdated: (...args) => ask('services.outdated', args, v.array(v.string())),
      listening: (...args) => ask('services.listening', args, v.array(v.number())),
      lastLines: (...args) => ask('services.lastLines', args, v.array(v.string())),
      list: project => ask('services.list', [project ?? null], v.array(statusSchema)),
    },
    proxy: {
      configure: site => done(ask('proxy.configure', [{ ...site, domains: [...site.domains] }], none)),
      route: (...args) => done(ask('proxy.route', args, none)),
      drained: (...args) => ask('proxy.drained', args, v.number()),
      remove: (...args) => done(ask('proxy.remove', args, none)),
    },
    lease: async project => {
      const response = await post(socket, home, 'lease', [project])
      response.on('error', () => {})
      return () => response.destroy()
    },
  }
}

const post = (socketPath: string, home: string, name: Method, args: unknown) =>
  new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    const outgoing = request({ socketPath, path: `/${name}`, method: 'POST', agent: false }, resolve)
    outgoing.once('error', () => reject(notServing(home)))
    outgoing.end(JSON.stringify(args))
  })

const text = async (stream: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
