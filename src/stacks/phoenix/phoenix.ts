import { join } from 'node:path'
import type { Runtime } from '../../core/runtime.js'
import type { Stack, Workshop } from '../../core/stack.js'
import { readRepositoryFile } from '../../hosts/repository-file.js'
import { ownerOf } from '../../state/owner.js'
import { appPaths } from '../../state/paths.js'
import { isServerHome } from '../../state/server.js'
import { refuseAbsent, toolsOf } from './elixirs/tools.js'
import { erlangEngine } from './engine/erlang.js'
import { discardFuture } from './facts/discard-future.js'
import { factsOf } from './facts/facts.js'
import { inspectProject, unknownProject } from './facts/inspect-project.js'
import { refuseMissing, wantedValues } from './facts/missing-values.js'
import { leavesData } from './leaves.js'
import { follows, lists, stepsOf } from './lists.js'
import { running } from './running.js'
import { looks } from './upgrade/looks.js'
import type { PhoenixRuntime } from './upgrade/runtime.js'

/** Adds the hot upgrade engine, which takes a running node from one release to another, and advice about endpoints. */
const equip = (
  runtime: Runtime,
  { home, project, environment, scratch }: Omit<Workshop, 'host'>,
): PhoenixRuntime => {
  const { host, services } = runtime
  const { engines, engine: own } = appPaths(home, project)
  const comparisons = { folder: join(own, 'comparisons'), room: 8 }
  const work = scratch ?? own
  return {
    ...runtime,
    advice: {
      elsewhere: 'config/runtime.exs must read PORT',
      nowhere: 'a Phoenix endpoint needs `server: true` when PHX_SERVER is set',
    },
    leaves: env => leavesData(env, environment, isServerHome(home)),
    engine: erlangEngine({ host, services, engines, work, comparisons, owner: ownerOf(process.pid) }),
  }
}

/** A Phoenix app, or any other that `mix release` builds. */
export const phoenix = {
  name: 'phoenix',
  detect: buildDir => (readRepositoryFile(buildDir, 'mix.exs') === null ? null : 'a mix.exs'),
  nameOf: buildDir => /\bapp:\s*:(\w+)/.exec(readRepositoryFile(buildDir, 'mix.exs') ?? '')?.[1] ?? null,
  processes: ['web'],
  running,
  looks,
  lists,
  stepsOf,
  follows,
  tools: ({ home, environment, buildDir, settings, signal }) => {
    const tools = toolsOf(home, environment, buildDir, settings.build)
    return { environment: tools.environment, refuseAbsent: () => refuseAbsent(home, tools, buildDir, signal) }
  },
  discard: discardFuture,
  facts: async workshop => {
    const { buildDir, cacheDir, host, environment } = workshop
    return factsOf(await inspectProject(buildDir, cacheDir, host, environment), workshop)
  },
  assumed: (workshop, release) => {
    const unknown = unknownProject(workshop.project)
    if (release === null) return factsOf(unknown, workshop)
    const { version, release_name, own_apps } = release
    return factsOf({ ...unknown, version, release: [release_name], own: [...own_apps] }, workshop)
  },
  wanted: wantedValues,
  refuse: refuseMissing,
  equip,
} satisfies Stack
