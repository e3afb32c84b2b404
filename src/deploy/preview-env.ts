import { existsSync } from 'node:fs'
import { buildEnvironment } from '../config/environment.js'
import type { Env, Task } from '../core/env.js'
import type { Live } from '../core/live.js'
import { freeSlot } from '../core/slot.js'
import { localHost } from '../hosts/local.js'
import { whoAmI } from '../runs/start.js'
import { keeperOf } from '../runtimes/keeper.js'
import { recognise } from '../stacks/stacks.js'
import { readApp } from '../state/apps.js'
import { plainValues, readConfig } from '../state/config.js'
import { appPaths } from '../state/paths.js'
import { lastRun } from '../state/runs.js'
import { isServing } from '../state/serving.js'
import { createEnv, readSettings } from './env.js'
import { noRevision } from './errors.js'

/**
 * Returns the env that hooks would get in the next deploy of the checked-out revision.
 * @throws GatlingError NO_REVISION if nothing was pushed yet.
 */
export const previewEnv = async (home: string, project: string, task: Task | null): Promise<Env> => {
  const { live, branch } = readApp(home, project)
  const { build, cache } = appPaths(home, project)
  const last = lastRun(home, project)
  if (!last || !existsSync(build)) throw noRevision(project, branch)
  const settings = readSettings(build)
  const { stack } = recognise(build, settings)
  const own = buildEnvironment(process.env, plainValues(readConfig(home, project)))
  const { signal } = new AbortController()
  const place = { home, project, buildDir: build, cacheDir: cache, signal, settings }
  const { environment } = stack.tools({ ...place, environment: own })
  const host = localHost({ environment, emit: () => {}, signal })
  return createEnv({
    home,
    project,
    task: task ?? (live ? 'upgrade' : 'deploy'),
    release: last.number + 1,
    mode: null,
    revision: last.request.revision,
    subject: last.request.subject,
    branch: branch ?? '',
    pusher: whoAmI(),
    live,
    codeOnly: false,
    schema: 'refuse',
    port: isServing(home) ? await freePortOf(home, project, live) : 0,
    app: await stack.facts({ ...place, environment, host }),
    settings,
    files: stack.processes.length === 0,
  })
}

const freePortOf = async (home: string, project: string, live: Live | null): Promise<number> =>
  (await keeperOf(home, project).services.processes(project, freeSlot(live))).web.port
