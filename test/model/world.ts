import { commit } from '../../src/core/commit.js'
import { endedWith } from '../../src/core/ending.js'
import { isFiles, onLoopback } from '../../src/core/endpoint.js'
import type { Env, Task } from '../../src/core/env.js'
import { commandFailed } from '../../src/core/errors.js'
import { type Hooks, isEndHook } from '../../src/core/hook.js'
import type { Command } from '../../src/core/host.js'
import type { Live, Slot } from '../../src/core/live.js'
import { alone } from '../../src/core/peers.js'
import { runPipeline, settle } from '../../src/core/pipeline.js'
import type { Plan } from '../../src/core/plan.js'
import type { ReverseProxy, Site } from '../../src/core/proxy.js'
import { recoveryOf, servingOf } from '../../src/core/recovery.js'
import type {
  Processes,
  ServiceDefinition,
  ServiceManager,
  ServiceStatus,
} from '../../src/core/service-manager.js'
import { freeSlot } from '../../src/core/slot.js'
import { converge } from '../../src/runtimes/converge.js'
import { lists as phoenix } from '../../src/stacks/phoenix/lists.js'
import type { Engine } from '../../src/stacks/phoenix/upgrade/engine.js'
import type { PhoenixRuntime } from '../../src/stacks/phoenix/upgrade/runtime.js'
import { nothingDiffers } from '../helpers/comparison.js'
import { env as template } from '../helpers/env.js'
import { unusedRuntime } from '../helpers/runtime.js'

/** Is thrown where the process at work crashes, and by all that it would do next. */
export class Crash extends Error {}

interface Instance {
  readonly release: number
  readonly port: number
  readonly config: number
  /** The release whose code runs in it; another one after a hot upgrade. */
  code: number
  enabled: boolean
  /** A hot upgrade that is neither committed nor reverted. */
  pending: boolean
}

type Folder = 'empty' | 'half' | 'copied' | 'whole'

/** All that outlives a process: the disk, and the state of systemd and the proxy. */
export interface State {
  live: Live | null
  /** The release that serves once `current` points to it. */
  next: Live | null
  /** The link `current`. */
  current: number | null
  readonly releases: Map<number, Folder>
  readonly failed: Set<number>
  readonly instances: Map<Slot, Instance>
  site: Site | null
  route: number | null
  definition: ServiceDefinition | null
  /** The releases whose config values are kept. */
  readonly configs: Set<number>
}

/** Where the process at work dies: at its nth effect, before or after it takes place. */
export interface Death {
  readonly at: number
  readonly when: 'before' | 'after'
}

/** What happens to one deploy. */
export interface Fate {
  /** The mode of an upgrade. */
  readonly mode: 'hot' | 'swap'
  /** The hook that throws; null: none. */
  readonly failing: string | null
  /** null: the process survives. */
  readonly death: Death | null
}

export const portOf = (slot: Slot): number => (slot === 'a' ? 4_000 : 4_001)
const placeOf = (slot: Slot): Processes => ({ web: onLoopback(portOf(slot)) })
const project = 'shop'
const releases = '/srv/shop/deploy/releases/'
const numberIn = (path: string): number => Number(/\/(?:releases|failed)\/(\d+)/.exec(path)?.[1])

/** Makes a machine that counts every change to it, so that a process can die at each of them. */
export const createWorld = () => {
  const state: State = {
    live: null,
    next: null,
    current: null,
    releases: new Map(),
    failed: new Set(),
    instances: new Map(),
    site: null,
    route: null,
    definition: null,
    configs: new Set(),
  }
  let death: Death | null = null
  let dead = false
  let effects = 0
  /** Is called after every effect of a living process. */
  let look = (): void => {}

  const living = (): void => {
    if (dead) throw new Crash()
  }
  const effect = (change: () => void): void => {
    living()
    effects++
    const isLast = death?.at === effects
    if (isLast && death?.when === 'before') dead = true
    living()
    change()
    look()
    if (isLast) dead = true
    living()
  }

  const services: ServiceManager = {
    ...unusedRuntime.services,
    install: async definition =>
      effect(() => {
        state.definition = definition
      }),
    uninstall: async () =>
      effect(() => {
        state.definition = null
      }),
    processes: async (_, slot) => placeOf(slot),
    start: async ({ slot, release, processes, config = release }) =>
      effect(() => {
        if (state.releases.get(release) !== 'whole') throw new Error(`${release} cannot boot`)
        const { port } = processes.web
        state.instances.set(slot, { release, port, config, code: release, enabled: false, pending: false })
      }),
    enable: async (_, slot) =>
      effect(() => {
        const instance = state.instances.get(slot)
        if (instance) instance.enabled = true
      }),
    stop: async (_, slot) => effect(() => state.instances.delete(slot)),
    exited: async () => null,
    variables: async () => ({}),
    environment: async () => ({}),
    outdated: async () => [],
    connections: async () => 0,
    memory: async () => 0,
    listening: async (_, slot) => {
      const instance = state.instances.get(slot)
      return instance ? [instance.port] : []
    },
    lastLines: async () => [],
    list: async () =>
      [...state.instances].map(
        ([slot, { release, port, config }]): ServiceStatus => ({
          project,
          slot,
          release,
          processes: { web: onLoopback(port) },
          config,
          pid: 1,
          state: 'running',
          restarts: 0,
          outOfMemory: false,
          since: '',
        }),
      ),
  }

  const proxy: ReverseProxy = {
    configure: async site =>
      effect(() => {
        state.site = site
      }),
    route: async (_, backend) =>
      effect(() => {
        if (!isFiles(backend)) state.route = backend.port
      }),
    answers: async () => ({ requests: 0, errors: 0 }),
    drained: async () => 0,
    remove: async () =>
      effect(() => {
        state.site = null
        state.route = null
      }),
  }

  const run = ({ argv }: Command): void => {
    const [program, ...args] = argv
    const path = args.at(-1) ?? ''
    const release = numberIn(path)
    if (program === 'mkdir') effect(() => state.releases.set(release, 'empty'))
    else if (program === 'cp') {
      effect(() => state.releases.set(release, 'half'))
      effect(() => state.releases.set(release, 'copied'))
    } else if (program === 'sh' && args.includes('move')) {
      effect(() => {
        state.releases.delete(release)
        state.failed.add(release)
      })
    } else if (program === 'rm' && path.startsWith(releases)) effect(() => state.releases.delete(release))
    else effect(() => {})
  }

  /** Reverts or keeps the code of each node, as `current` says, after the deploy that upgraded it has died. */
  const nodeDecides = (): void => {
    for (const instance of state.instances.values()) {
      if (instance.pending && state.current !== null) instance.code = state.current
      instance.pending = false
    }
  }

  const engineOf = (mode: Fate['mode'], stuck: boolean): Engine => {
    let touched = false
    const instance = (slot: Slot): Instance => {
      const found = state.instances.get(slot)
      if (!found) throw new Error('nothing runs')
      return found
    }
    return {
      compare: async () => ({
        ...nothingDiffers,
        findings: mode === 'hot' ? [] : [{ code: 'vm_args_changed', what: '', detail: '' }],
        added: ['Shop.New'],
      }),
      prepare: async () => nothingDiffers,
      figures: async () => [],
      preview: async () => ({ config: [], supervisors: [], known: [], unknown: [] }),
      check: async () => ({ findings: [], processes: [], generation: 0, pending: false, otp: '25' }),
      install: async ({ slot, release }) => {
        touched = true
        effect(() => {
          instance(slot).code = release
          instance(slot).pending = true
        })
        return { ok: true, findings: [], migrated: 0, started: [], pausedMs: 0, tookMs: 0 }
      },
      watch: async () => ({ restarted: [], crashes: [], processes: 100, migrated: 0 }),
      processes: async () => 100,
      touched: () => touched,
      revert: async ({ slot, from }) => {
        if (stuck) return [{ code: 'busy', what: 'Shop.Cart', detail: '' }]
        effect(() => {
          instance(slot).code = numberIn(from)
          instance(slot).pending = false
        })
        return []
      },
      commit: async ({ slot }) => {
        effect(() => {
          instance(slot).pending = false
        })
        return []
      },
    }
  }

  const serving = (): Live | null => servingOf(state, state.current)
  const makeLive = (live: Live): void =>
    commit(live, {
      live: serving(),
      current: state.current,
      write: (live, next) => effect(() => Object.assign(state, { live, next })),
      prepareFlip: release => () =>
        effect(() => {
          state.current = release
        }),
    })

  /** Returns values that differ between releases, so that a mixture of two shows. */
  const facts = (release: number) => ({
    revision: String(release),
    domains: `r${release}.shop.example.com`,
    max_body: `${release}M`,
    limits: { memory: null, cpu: null, tasks: 1_000 + release },
  })

  const envOf = (task: Task, release: number, mode: Fate['mode']): Env => ({
    ...template,
    ...facts(release),
    task,
    release,
    config_release: release,
    available_port: portOf(freeSlot(serving())),
    slot: freeSlot(serving()),
    live: serving(),
    mode: serving() ? 'auto' : 'start',
    upgrade_dir: `${releases}${release}`,
    upgrade_path: `${releases}${release}`,
    failed_dir: `/srv/shop/deploy/failed/${release}`,
    deploy_dir: '/srv/shop/deploy',
    timing: { ...template.timing, watch: 0 },
    upgrade_options: { ...template.upgrade_options, watch: 0, mode: mode === 'swap' ? 'swap' : 'auto' },
  })

  const hooksThat = (failing: string | null): Hooks => ({
    names: [],
    call: async hook => {
      living()
      if (hook === failing && !isEndHook(hook)) throw commandFailed(hook, endedWith(1), [])
    },
    close: async () => {},
  })

  /** Runs one deploy. If it dies, only the memory of its process is lost. @returns how it ended. */
  const deploy = async (
    task: 'deploy' | 'upgrade' | 'rollback',
    release: number,
    fate: Fate & { readonly stuck?: boolean },
  ): Promise<'ok' | 'failed' | 'crashed'> => {
    begin(fate.death)
    const isAnswered = (port: number): boolean => [...state.instances.values()].some(one => one.port === port)
    const runtime: PhoenixRuntime = {
      host: {
        run: async command => {
          run(command)
          return ''
        },
        rest: async () => {},
        succeeds: async ({ argv }) => {
          living()
          // The checkout has no pointer of git-lfs, and every built program exists.
          if (argv[0] === 'git') return false
          return argv[1] !== '-f' || state.releases.get(release) === 'whole'
        },
        write: async path => effect(() => state.releases.set(numberIn(path), 'whole')),
        accepts: async port => isAnswered(port),
        probe: async ({ port }) =>
          isAnswered(port) ? { status: 200, location: null, setsCookie: false } : null,
      },
      services,
      proxy,
      points: { mark: async () => false, list: async () => null },
      peers: alone,
      engine: engineOf(fate.mode, fate.stuck ?? false),
      note: () => {},
      compared: () => {},
      planned: (_: Plan) => {},
      moved: (_, live) => makeLive(live),
      withdrawn: () => {},
      forget: async () => {},
    }
    const pipeline = phoenix[task]
    const run_ = {
      env: envOf(task, release, fate.mode),
      hooks: hooksThat(fate.failing),
      runtime,
      emit: () => {},
      signal: new AbortController().signal,
      from: null,
      mask: (text: string) => text,
    }
    try {
      if (task !== 'rollback') effect(() => state.configs.add(release))
      const done = await runPipeline(pipeline, run_, env => makeLive(liveOf(env)))
      await settle(pipeline, { ...run_, env: done })
    } catch (error) {
      if (!dead && error instanceof Crash) throw error
      if (!dead) return endDeploy('failed')
    }
    return dead ? 'crashed' : endDeploy('ok')
  }

  /** Ends a deploy that was not cut short: the keeper converges the app. */
  const endDeploy = async <Outcome>(outcome: Outcome): Promise<Outcome> => {
    const ofTheDeploy = effects
    begin(null)
    await bringToState()
    effects = ofTheDeploy
    return outcome
  }

  const bringToState = async (): Promise<void> => {
    const live = serving()
    await converge(project, {
      services,
      proxy,
      live,
      placeFor: async () => placeOf(live?.slot ?? 'a'),
      graceMs: 1,
      seated: true,
    })
  }

  const liveOf = (env: Env): Live => ({
    release: env.release,
    revision: env.revision,
    version: env.version,
    slot: env.slot,
    port: env.available_port,
    processes: ['web'],
    domains: env.domains.split(' '),
    nginx_conf: env.nginx_conf,
    config: env.config_release,
    config_back: 0,
    drain_timeout: env.timing.drain_timeout,
    limits: env.limits,
    build_limits: env.build_limits,
    max_body: env.max_body,
    since: '',
  })

  /** Does what the keeper does at boot and after a deploy has died. It can die meanwhile. */
  const recover = async (
    dying: { task: 'deploy' | 'upgrade' | 'rollback'; release: number },
    own: Death | null = null,
  ): Promise<'done' | 'crashed'> => {
    begin(own)
    try {
      nodeDecides()
      await bringToState()
      const { remove } = recoveryOf(
        {
          number: dying.release,
          task: dying.task,
          release: dying.task === 'rollback' ? dying.release : null,
        },
        serving()?.release ?? null,
      )
      if (remove !== null) effect(() => state.releases.delete(remove))
      return 'done'
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      return 'crashed'
    }
  }

  const begin = (how: Death | null): void => {
    death = how
    dead = false
    effects = 0
  }

  return {
    state,
    serving,
    facts,
    deploy,
    recover,
    /** Returns the number of effects of the last process. */
    effects: () => effects,
    /** Takes the machine down, so that nothing runs. */
    powerCut: () => state.instances.clear(),
    /** Calls a function after every effect. */
    onEffect: (then: () => void) => {
      look = then
    },
    /** Returns the release that answers a request; null: none. */
    answers: (): number | null =>
      [...state.instances.values()].find(({ port }) => port === state.route)?.code ?? null,
  }
}

export type World = ReturnType<typeof createWorld>
