import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { GatlingError } from '../../../core/error.js'
import type { Command, Host } from '../../../core/host.js'
import type { ServiceManager } from '../../../core/service-manager.js'
import { commandLate } from '../../../hosts/errors.js'
import { readIfThere, writeWhole } from '../../../hosts/files.js'
import { ownName } from '../../../hosts/own-name.js'
import { callNode, erlangString } from '../commands/erlang.js'
import type { Change, Comparison, Engine, Finding, NodeCheck } from '../upgrade/engine.js'
import { answerIn, findingsSchema, reasonOf } from './answer.js'
import { type Compared, type Comparisons, compare, keep, kept } from './comparison.js'
import { compiledEngine } from './compiled.js'
import { nodeSilent, nodeUnreachable } from './errors.js'
import { askFigures, figuresIn } from './figures.js'
import { preview, previewPath } from './preview.js'

export interface ErlangEngineOptions {
  /** Runs the engine's commands outside the node. */
  readonly host: Host
  readonly services: ServiceManager
  /** The folder of compiled engines, for every app. */
  readonly engines: string
  /** A folder of the app for the engine's own files. */
  readonly work: string
  /** The folder of comparisons of releases. */
  readonly comparisons: Comparisons
  /** The process of the deploy. If it dies during an upgrade, the node decides by itself. */
  readonly owner: { readonly pid: number; readonly started: string }
  /** How long a node has to answer, in ms. The default is one minute, and five for a change. */
  readonly patience?: number
}

/** Returns the engine of `erlang/`, compiled for the Erlang of this machine. */
export const erlangEngine = (options: ErlangEngineOptions): Engine => {
  const { host, services, engines, work, comparisons, owner, patience } = options
  const orders = join(work, 'orders')
  let touched = false
  let turn = Math.floor(Math.random() * names)
  let compiled: Promise<string> | null = null

  const engine = (): Promise<string> => {
    compiled ??= compiledEngine(host, engines)
    return compiled
  }
  const call = async (
    { project, slot }: Instance,
    expression: string,
    timeoutMs = patience ?? answersMs,
    name = `gatling${turn++ % names}`,
  ): Promise<unknown> => {
    const {
      GATLING_NODE: address,
      GATLING_COOKIE: cookie,
      RELEASE_DISTRIBUTION: distribution,
      BINDIR: bin,
    } = await services.environment(project, slot)
    if (!cookie || !bin || distribution !== 'name') throw new Error('it runs without Erlang distribution')
    if (!address) throw new Error('it was started by an older Gatling')
    const cookieFile = join(work, '.erlang.cookie')
    if (readIfThere(cookieFile) !== cookie) writeWhole(cookieFile, cookie, 0o400)
    const command = (): Command =>
      callNode({
        erlCall: join(bin, 'erl_call'),
        address,
        name,
        home: work,
        expression,
        timeoutMs,
      })
    const output = await retrying(() => host.run(command())).catch(error =>
      explain(error, project, timeoutMs),
    )
    return answerIn(output)
  }

  const changing = (instance: Instance, expression: string): Promise<unknown> =>
    call(instance, expression, patience ?? changesMs)

  const load = async (): Promise<string> =>
    `case whereis(gatling_node) of undefined -> [begin code:purge(M), {module, M} = code:load_abs(${erlangString(`${await engine()}/`)} ++ atom_to_list(M)) end || M <- [${inNode.join(', ')}]]; _ -> busy end`
  const ordersText = erlangString(orders)

  /** Writes the facts of this deploy for the node: the second term of its orders. */
  const deployTerm = async (change: Change, { preview }: Comparison): Promise<string> => {
    const entries = {
      release: erlangString(String(change.release)),
      current: erlangString(change.current),
      owner: `{${erlangString(String(owner.pid))}, ${erlangString(owner.started)}}`,
      environment: `[{"GATLING_REVISION", ${erlangString(change.revision)}}]`,
      refresh: String(change.refreshViews),
      ...(preview
        ? {
            preview: erlangString(await previewPath(services, await engine(), change, change.to)),
            preview_before: erlangString(await previewPath(services, await engine(), change, change.from)),
          }
        : { preview: 'none' }),
    }
    return `#{${Object.entries(entries)
      .map(([key, value]) => `${key} => ${value}`)
      .join(', ')}}.\n`
  }

  const compared = async (folder: string, change: Change): Promise<Compared> => {
    const known = kept(comparisons, folder, change)
    if (known) return known
    const found = await compare(host, folder, work, change)
    keep(comparisons, folder, change, found)
    return found
  }

  return {
    compare: async change => {
      mkdirSync(work, { recursive: true, mode: 0o700 })
      const folder = await engine()
      const { comparison, changes } = await compared(folder, change)
      writeWhole(orders, `${changes}${await deployTerm(change, comparison)}`)
      return comparison
    },
    prepare: async change => {
      mkdirSync(work, { recursive: true, mode: 0o700 })
      const folder = await engine()
      return (await compared(folder, change)).comparison
    },

    preview: async change => preview({ host, services, engine: await engine(), work }, change),

    check: async change => {
      try {
        const answer = await call(change, `${await load()}, gatling_node:check(${ordersText}), ${unload}.`)
        return v.parse(checkSchema, answer) satisfies NodeCheck | { failed: string }
      } catch (error) {
        return { failed: reasonOf(error) }
      }
    },

    install: async change => {
      const expression = `${await load()}, gatling_node:install(${ordersText}), ${unload}.`
      touched = true
      const installed = v.parse(installedSchema, await changing(change, expression))
      touched = installed.ok
      return installed
    },
    touched: () => touched,

    watch: async change => v.parse(watchedSchema, await call(change, 'gatling_node:watch().')),
    processes: async instance => {
      try {
        mkdirSync(work, { recursive: true, mode: 0o700 })
        return v.parse(v.number(), await call(instance, countProcesses))
      } catch {
        return null
      }
    },
    figures: async instance => {
      try {
        mkdirSync(work, { recursive: true, mode: 0o700 })
        return figuresIn(await call(instance, askFigures, patience ?? looksMs, looker))
      } catch (error) {
        if (error instanceof GatlingError && error.code === nodeSilent.code) throw error
        throw nodeUnreachable(instance.project, reasonOf(error))
      }
    },
    revert: async change => {
      try {
        const from = erlangString(realpathSync(change.from))
        return await findingsOf(changing(change, `${await load()}, gatling_node:revert(${from}), ${unload}.`))
      } catch (error) {
        return [{ code: 'unreachable', what: reasonOf(error), detail: '' }]
      }
    },
    commit: change => findingsOf(changing(change, `gatling_node:commit(), ${unload}.`)),
  }
}

type Instance = Pick<Change, 'project' | 'slot'>

/** Counts processes without loading anything into the node. */
const countProcesses = 'io:format("gatling:~w~n", [erlang:system_info(process_count)]).'

/** The modules that run inside the node. */
const inNode = [
  'gatling_json',
  'gatling_finding',
  'gatling_release',
  'gatling_code',
  'gatling_processes',
  'gatling_old_code',
  'gatling_closures',
  'gatling_keepers',
  'gatling_tree',
  'gatling_probe',
  'gatling_boot',
  'gatling_watch',
  'gatling_views',
  'gatling_load',
  'gatling_check',
  'gatling_takeover',
  'gatling_upgrade',
  'gatling_node',
]

/** How long a node has to answer a question, and to make a change, in ms. A healthy node needs far less. */
const answersMs = 60_000
const changesMs = 300_000

/** How long a node can take to answer a person who only looks, in ms. */
const looksMs = 3_000
/** A separate name, so that a person who looks does not disturb a deploy. */
const looker = 'gatling_look'

/** How many names the callers of a node share. Each name stays there as an atom. */
const names = 8

/**
 * Tries a call with other names. A node refuses a name while the last call of that name is not done, and does not see
 * the call.
 */
const retrying = async (call: () => Promise<string>, attempts = 3): Promise<string> => {
  try {
    return await call()
  } catch (error) {
    if (attempts <= 1 || !/failed to connect/.test(reasonOf(error))) throw error
    return retrying(call, attempts - 1)
  }
}

const unload = `case whereis(gatling_node) of undefined -> [begin code:purge(M), code:delete(M), code:purge(M) end || M <- [${inNode.join(', ')}]]; _ -> kept end`

/**
 * Explains a failed call.
 * @throws Error why erl_call did not end or crashed, if that is known; otherwise the given error.
 */
const explain = async (error: unknown, project: string, timeoutMs: number): Promise<never> => {
  if (error instanceof GatlingError && error.code === commandLate.code)
    throw nodeSilent(project, timeoutMs / 1_000)
  if (!(error instanceof GatlingError && error.signal === 'SIGSEGV')) throw error
  const { name, address } = await ownName()
  if (address !== null) throw error
  throw new Error(
    `this machine's own name has no address, which erl_call needs; add "127.0.1.1 ${name}" to /etc/hosts`,
  )
}

const findingsOf = async (answer: Promise<unknown>): Promise<readonly Finding[]> =>
  v.parse(v.object({ findings: findingsSchema }), await answer).findings

const texts = v.array(v.string())
const checkSchema = v.union([
  v.object({ failed: v.string() }),
  v.object({
    findings: findingsSchema,
    processes: v.array(v.object({ module: v.string(), count: v.number() })),
    generation: v.number(),
    pending: v.boolean(),
    otp: v.string(),
  }),
])
const installedSchema = v.object({
  ok: v.boolean(),
  findings: findingsSchema,
  migrated: v.optional(v.number(), 0),
  started: v.optional(texts, []),
  pausedMs: v.optional(v.number(), 0),
  tookMs: v.optional(v.number(), 0),
})
const watchedSchema = v.object({
  restarted: v.optional(texts, []),
  crashes: v.optional(texts, []),
  processes: v.number(),
  migrated: v.number(),
})
