// Measures one hook call when the process of the hooks is up.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEnv, readSettings } from '../dist/deploy/env.js'
import { hookNamesOf } from '../dist/deploy/hooks-of.js'
import { findHookFile } from '../dist/hooks/files.js'
import { loadHooks } from '../dist/hooks/load.js'
import { factsOf } from '../dist/stacks/phoenix/facts/facts.js'
import { unknownProject } from '../dist/stacks/phoenix/facts/inspect-project.js'
import { phoenix } from '../dist/stacks/phoenix/phoenix.js'
import { appPaths } from '../dist/state/paths.js'
import { inFolder, median, percentile, runAlone, timed } from './lib.js'

const calls = 200

const typescript = {
  file: 'upgrade.ts',
  text: 'export const beforeMixCompile = (env: { project: string }) => env.project\n',
}
const elixir = {
  file: 'upgrade.exs',
  text: 'defmodule Counter.UpgradeCallbacks do\n  def before_mix_compile(env), do: env.project\nend\n',
}

/** @type {import('./lib.js').Bench} */
export const bench = async () => [
  ...(await measure('TypeScript', typescript, 2)),
  ...(await measure('Elixir', elixir, 5)),
]

/**
 * @param {string} language
 * @param {{ file: string, text: string }} hookFile
 * @param {number} limit
 */
const measure = (language, hookFile, limit) =>
  inFolder(async ({ home }) => {
    const { build, cache } = appPaths(home, 'counter')
    makeCheckout(build, hookFile)
    const env = envOf(home)
    const { own, elsewhere } = hookNamesOf(phoenix, 'upgrade')
    const began = performance.now()
    const hooks = await loadHooks({
      file: findHookFile(build, 'upgrade'),
      allowed: own,
      elsewhere,
      environment: process.env,
      cacheDir: cache,
      timeoutOf: () => 60_000,
      emit: () => {},
      signal: new AbortController().signal,
    })
    const load = performance.now() - began
    try {
      const times = []
      for (let call = 0; call < calls; call++)
        times.push(await timed(() => hooks.call('before_mix_compile', env)))
      return [
        {
          what: `${language} hook`,
          value: median(times),
          unit: 'ms',
          limit,
          note: `median of ${calls} calls, p99 ${percentile(times, 99).toFixed(1)} ms`,
        },
        { what: `${language} hooks' process starts`, value: load, unit: 'ms', note: 'once a deploy' },
      ]
    } finally {
      await hooks.close()
    }
  })

/** The checkout has as many compiled modules as a Phoenix app, because every call lists the mix tasks for the hook. */
const libraries = 50
const modulesEach = 40

/** @param {string} build @param {{ file: string, text: string }} hookFile */
const makeCheckout = (build, { file, text }) => {
  for (let library = 0; library < libraries; library++) {
    const folder = join(build, '_build', 'prod', 'lib', `library_${library}`, 'ebin')
    mkdirSync(folder, { recursive: true })
    for (let module = 1; module < modulesEach; module++)
      writeFileSync(join(folder, `Elixir.Library${library}.Module${module}.beam`), '')
    writeFileSync(join(folder, `Elixir.Mix.Tasks.Library${library}.Install.beam`), '')
  }
  writeFileSync(join(build, file), text)
}

/** @param {string} home */
const envOf = home =>
  createEnv({
    home,
    project: 'counter',
    task: 'upgrade',
    mode: null,
    release: 2,
    revision: 'a'.repeat(40),
    subject: 'A change',
    branch: 'main',
    pusher: 'jane',
    live: null,
    codeOnly: false,
    schema: 'refuse',
    port: 4001,
    files: false,
    ...appOf(appPaths(home, 'counter').build),
  })

/** @param {string} buildDir */
const appOf = buildDir => {
  const settings = readSettings(buildDir)
  return { settings, app: factsOf(unknownProject('counter'), { project: 'counter', buildDir, settings }) }
}

await runAlone(import.meta.url, bench)
