import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildEnvironment } from '../../src/config/environment.js'
import { isFiles } from '../../src/core/endpoint.js'
import type { Env } from '../../src/core/env.js'
import type { Live } from '../../src/core/live.js'
import { alone } from '../../src/core/peers.js'
import type { Plan } from '../../src/core/plan.js'
import type { ReverseProxy } from '../../src/core/proxy.js'
import { localHost } from '../../src/hosts/local.js'
import { freePort } from '../../src/hosts/ports.js'
import { createSupervisor } from '../../src/services/supervisor.js'
import { erlangEngine } from '../../src/stacks/phoenix/engine/erlang.js'
import { instanceEnvironment } from '../../src/stacks/phoenix/environment.js'
import { changeOf, planUpgrade } from '../../src/stacks/phoenix/upgrade/plan.js'
import type { PhoenixRuntime } from '../../src/stacks/phoenix/upgrade/runtime.js'
import { releaseOld, takeBack, upgrade } from '../../src/stacks/phoenix/upgrade/upgrade.js'
import { ownerOf } from '../../src/state/owner.js'
import { startHealthy } from '../../src/upgrade/start.js'
import { cacheRoot } from './cache.js'
import { nothingDiffers } from './comparison.js'
import { live as serving, env as template } from './env.js'

export interface LiveAppOptions {
  readonly folder: string
  /** The directories of its releases, numbered from 1. */
  readonly releases: readonly string[]
  /** The number of the release that it starts with; by default the first. */
  readonly first?: number
  /** The name of the release in mix. */
  readonly name: string
  readonly own: readonly string[]
  readonly dependencies?: 'swap' | 'hot'
  readonly config?: Record<string, string>
  readonly watch?: number
  readonly stopFirst?: boolean
  /** How long a swap is watched, in ms. */
  readonly swapWatch?: number
  /** The proxy of the app. Without it nobody answers, and nothing is counted. */
  readonly proxy?: ReverseProxy
  /** The port of the app; by default a free one. */
  readonly port?: number
}

const compiler = readFileSync(new URL('../../src/stacks/phoenix/engine/compiled.ts', import.meta.url))
/**
 * The folder of compiled engines: one for each version of the source and of its compiler, as on a server. Each container
 * has its own folder, because a process there can have the number of a process in another.
 */
export const engines = join(
  cacheRoot,
  'engines',
  createHash('sha256')
    .update(compiler)
    .update(process.env['GATLING_IN_DEBIAN_13'] ?? '')
    .digest('hex')
    .slice(0, 12),
)

/** The kept comparisons: the same engine compares two releases once, and not again in the next run. */
export const comparisons = { folder: join(cacheRoot, 'comparisons'), room: 2_000 }

export type LiveApp = Awaited<ReturnType<typeof startLiveApp>>

/** Starts an app without git and mix: a real node under the real supervisor, with its releases side by side. */
export const startLiveApp = async (options: LiveAppOptions) => {
  const { folder, releases, first = 1, name, own, dependencies = 'swap', config = {} } = options
  const { watch = 300, swapWatch = 100 } = options
  const deploy = join(folder, 'deploy')
  const current = join(deploy, 'current')
  mkdirSync(join(deploy, 'releases'), { recursive: true })
  let known = 0
  /** Gives a release the next number. */
  const add = (release: string): number => {
    known++
    symlinkSync(release, join(deploy, 'releases', String(known)))
    return known
  }
  for (const release of releases) add(release)
  const flip = (release: number): void => {
    symlinkSync(join('releases', String(release)), `${current}.new`)
    renameSync(`${current}.new`, current)
  }
  const notes: string[] = []
  const plans: Plan[] = []
  const routed: number[] = []
  const values = { ...config }
  let live: Live = {
    ...serving,
    release: first,
    revision: `revision-${first}`,
    version: '0.1.0',
    port: options.port ?? (await freePort()),
    domains: ['localhost'],
  }
  flip(first)

  writeFileSync(join(deploy, '.erlang.cookie'), 'a-cookie-for-tests', { mode: 0o400 })
  const nodePorts = { a: await freePort(), b: await freePort() }
  const services = createSupervisor({
    launch: async ({ slot, processes, release }) => ({
      argv: [join(deploy, 'releases', String(release), 'bin', name), 'start'],
      cwd: deploy,
      log: join(folder, 'app.log'),
      env: {
        GATLING_REVISION: `revision-${release}`,
        ...instanceEnvironment(
          {
            project: name,
            slot,
            port: processes.web.port,
            deployDir: deploy,
            homeDir: deploy,
            hostName: 'localhost',
            cookie: 'a-cookie-for-tests',
            distributionPort: nodePorts[slot],
          },
          values,
          process.env['PATH'] ?? '',
        ),
      },
    }),
    boots: ({ slot, release }) => ({ release: slot === live.slot ? live.release : release }),
    define: () => {},
    undefine: () => {},
  })
  const host = localHost({
    environment: buildEnvironment(process.env, {}),
    emit: () => {},
    signal: new AbortController().signal,
  })
  const newEngine = () =>
    erlangEngine({
      host,
      services,
      engines,
      work: join(folder, 'engine'),
      comparisons,
      owner: ownerOf(process.pid),
    })
  const runtime = (): PhoenixRuntime => ({
    host,
    services,
    proxy: options.proxy ?? {
      configure: async () => {},
      route: async (_, backend) => void routed.push(isFiles(backend) ? 0 : backend.port),
      drained: async () => 0,
      answers: async () => ({ requests: 0, errors: 0 }),
      remove: async () => {},
    },
    points: { mark: async () => false, list: async () => null },
    peers: alone,
    engine: newEngine(),
    note: text => notes.push(text),
    compared: () => {},
    planned: plan => plans.push(plan),
    moved: (_, now) => {
      live = now
      flip(now.release)
    },
    withdrawn: () => {},
    forget: async () => {},
  })

  /** Returns the env of an upgrade to one of the releases. */
  const envTo = async (release: number, asked: Env['upgrade_options']['mode'] = 'auto'): Promise<Env> => ({
    ...template,
    project: name,
    release_name: name,
    own_apps: own,
    deploy_dir: deploy,
    upgrade_dir: join(deploy, 'releases', String(release)),
    upgrade_path: join(deploy, 'releases', String(release)),
    release,
    revision: `revision-${release}`,
    live,
    slot: live.slot === 'a' ? 'b' : 'a',
    available_port: await freePort(),
    url: 'http://localhost',
    mode: 'auto',
    timing: {
      health_path: '/health',
      health_timeout: 20_000,
      watch: swapWatch,
      drain_timeout: 10_000,
      errors: 5,
      slower: 4,
    },
    upgrade_options: {
      mode: asked,
      watch,
      max_hot_generations: 1_000,
      stop_first: options.stopFirst ?? false,
      dependencies,
      refresh_views: true,
    },
  })

  const start = async (): Promise<void> => {
    await startHealthy(
      { ...(await envTo(live.release)), slot: live.slot, available_port: live.port },
      runtime(),
    )
    await services.enable(name, live.slot)
  }
  await start()

  return {
    services,
    notes,
    plans,
    add,
    /** The ports that requests were sent to, in order. */
    routed,
    /** Values of `gatling config`. An instance gets a new value at its next start. */
    values,
    live: (): Live => live,
    newEngine,
    runtime,
    envTo,
    plan: async (release: number, asked: Env['upgrade_options']['mode'] = 'auto'): Promise<Plan> =>
      planUpgrade(await envTo(release, asked), runtime()),
    changeTo: async (release: number) => changeOf(await envTo(release)),
    /**
     * Upgrades, commits and releases the old version, or undoes everything after a failure, as the pipeline does. With
     * `comesBack` false the way back is not compared, because nobody takes it.
     */
    upgradeTo: async (
      release: number,
      asked: Env['upgrade_options']['mode'] = 'auto',
      { comesBack = true } = {},
    ): Promise<Env> => {
      const env = await envTo(release, asked)
      const run = comesBack ? runtime() : withoutWayBack(runtime())
      try {
        const learned = { ...env, ...(await upgrade(env, run)) }
        live = { ...live, release, revision: env.revision, slot: learned.slot, port: learned.available_port }
        flip(release)
        await releaseOld(learned, run)
        // The keeper does this when a deploy has ended.
        if (learned.mode === 'swap' && env.live)
          await services.stop(name, env.live.slot, env.timing.drain_timeout)
        return learned
      } catch (error) {
        await takeBack(env, run)
        throw error
      }
    },
    /** Stops the app and starts what `current` points to. */
    reboot: async (): Promise<void> => {
      await services.stop(name, live.slot, 0)
      await start()
    },
    close: async (): Promise<void> => {
      await services.close(0)
    },
  }
}

const withoutWayBack = (runtime: PhoenixRuntime): PhoenixRuntime => ({
  ...runtime,
  engine: { ...runtime.engine, prepare: async () => nothingDiffers },
})
