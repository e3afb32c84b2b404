import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createJiti } from 'jiti'
import { callNode, erlangString } from '../../dist/stacks/phoenix/commands/erlang.js'
import { commitHot, installHot, watchHot } from '../../dist/stacks/phoenix/upgrade/hot.js'
import { changeOf, planUpgrade } from '../../dist/stacks/phoenix/upgrade/plan.js'
import { root } from '../lib.js'
import { clock } from '../parts/steady-load.js'

/** @type {typeof import('../../test/helpers/live-app.js')} */
const { startLiveApp } = await createJiti(import.meta.url).import(
  join(root, 'test', 'helpers', 'live-app.ts'),
)

/** @typedef {import('../../dist/stacks/phoenix/upgrade/engine.js').Installed} Installed */
/** @typedef {{ began: number, installing: number, ended: number, installed: Installed }} Upgraded */
/** @typedef {Awaited<ReturnType<typeof startNode>>} BenchNode */

/**
 * Starts a counter, with every way to take it to another of its releases, which are numbered from 1.
 * @param {string} folder
 * @param {readonly string[]} releases
 * @param {Record<string, string>} [config]
 */
export const startNode = async (folder, releases, config = {}) => {
  const own = mkdtempSync(join(folder, 'node-'))
  const app = await startLiveApp({
    folder: own,
    releases,
    name,
    own: [name],
    watch: 0,
    config: { SECRET_KEY_BASE: 'k'.repeat(64), ...config },
  })

  /** @param {number} release */
  const move = release =>
    app.runtime().moved(name, { ...app.live(), release, revision: `revision-${release}` })

  /** Evaluates Erlang in the node. @param {string} expressions the last of which is the answer, JSON as `~w` writes it */
  const call = async expressions => {
    const environment = await app.services.environment(name, app.live().slot)
    const home = join(own, 'erl_call')
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, '.erlang.cookie'), environment['GATLING_COOKIE'] ?? '', { mode: 0o600 })
    const output = await app.runtime().host.run(
      callNode({
        erlCall: join(environment['BINDIR'] ?? '', 'erl_call'),
        address: environment['GATLING_NODE'] ?? '',
        name: 'bench',
        home,
        expression: `io:format("bench:~w~n", [begin ${expressions} end]).`,
        timeoutMs: 600_000,
      }),
    )
    const answer = /^bench:(.*)$/m.exec(output)?.[1]
    if (answer === undefined) throw new Error(output.trim().slice(0, 500))
    return JSON.parse(answer)
  }

  return {
    port: () => app.live().port,
    close: app.close,
    call,

    /** Upgrades as a push does when its release is built. @param {number} release @returns {Promise<Upgraded>} */
    upgrade: async release => {
      const env = { ...(await app.envTo(release)), mode: /** @type {const} */ ('hot') }
      const { engine, ...runtime } = app.runtime()
      /** @type {Partial<Upgraded>} */
      const noted = {}
      const watched = {
        ...engine,
        /** @param {import('../../dist/stacks/phoenix/upgrade/engine.js').Change} change */
        install: async change => {
          noted.installing = clock()
          noted.installed = await engine.install(change)
          return noted.installed
        },
      }
      const observed = { ...runtime, engine: watched }
      const began = clock()
      const plan = await planUpgrade(env, observed)
      if (plan.mode !== 'hot')
        throw new Error(`${plan.mode}: ${plan.reasons.map(({ text }) => text).join('; ')}`)
      const refused = await installHot({ mode: 'hot' }, env, observed)
      if (refused.length > 0) throw new Error(refused.map(({ code, what }) => `${code} ${what}`).join('; '))
      await watchHot(env, observed, { requests: 0, errors: 0 })
      move(release)
      await commitHot(env, observed)
      const { installing, installed } = noted
      if (installing === undefined || installed === undefined) throw new Error('nothing was installed')
      return { began, installing, ended: clock(), installed }
    },

    /** Plans an upgrade. @param {number} release @returns {Promise<{ whole: number, inNode: number }>} in ms */
    plan: async release => {
      const { engine, ...runtime } = app.runtime()
      let inNode = 0
      const watched = {
        ...engine,
        /** @param {import('../../dist/stacks/phoenix/upgrade/engine.js').Change} change */
        check: async change => {
          const began = clock()
          const found = await engine.check(change)
          inNode = clock() - began
          return found
        },
      }
      const env = await app.envTo(release)
      const began = clock()
      await planUpgrade(env, { ...runtime, engine: watched })
      return { whole: clock() - began, inNode }
    },

    /** Lists the modules that differ, for a loop. @param {number} release */
    changed: async release => {
      const comparison = await app.newEngine().compare(changeOf(await app.envTo(release)))
      return { modules: comparison.changed, migrating: comparison.migrating }
    },

    /** @param {number} release */
    restart: async release => {
      move(release)
      await app.reboot()
    },

    /**
     * Loads the changed modules in a plain loop, and suspends the processes of those that migrate around it.
     * @param {number} release
     * @param {readonly string[]} modules
     * @param {readonly string[]} [migrating]
     * @returns {Promise<{ pausedMs: number, tookMs: number }>}
     */
    loop: async (release, modules, migrating = []) => {
      const ebin = join(releases[release - 1] ?? '', 'lib', `${name}-0.1.0`, 'ebin')
      const down = release < app.live().release
      const load = `[begin code:purge(M), {module, M} = code:load_file(M) end || M <- ${atoms(modules)}]`
      const migrate = `[ok = sys:change_code(P, M, ${down ? '{down, undefined}' : 'undefined'}, []) || {P, M} <- Found]`
      const [tookUs, pausedUs] = await call(`
        Began = erlang:monotonic_time(microsecond),
        true = code:replace_path(${name}, ${erlangString(ebin)}),
        Found = [{P, M} || [_ | _] <- [${atoms(migrating)}], P <- processes(), {dictionary, D} <- [process_info(P, dictionary)],
                 {M, init, _} <- [proplists:get_value('$initial_call', D)], lists:member(M, ${atoms(migrating)})],
        Paused = erlang:monotonic_time(microsecond),
        [ok = sys:suspend(P) || {P, _} <- Found],
        ${down ? `${migrate}, ${load}` : `${load}, ${migrate}`},
        [ok = sys:resume(P) || {P, _} <- Found],
        Ended = erlang:monotonic_time(microsecond),
        [Ended - Began, Ended - Paused]`)
      move(release)
      return { pausedMs: pausedUs / 1_000, tookMs: tookUs / 1_000 }
    },

    /** Tells whether it still has the values that it read from its environment at boot. */
    isConfigured: async () =>
      (await call(`length([1 || {ok, _} <- [application:get_env(${name}, secret_key_base)]])`)) === 1,

    /** Counts what an upgrade could leave behind. @returns {Promise<{ memory: number, atoms: number, processes: number, tables: number }>} */
    sizes: async () => {
      const [memory, atoms, processes, tables] = await call(
        '[garbage_collect(P) || P <- processes()], [erlang:memory(total), erlang:system_info(atom_count), erlang:system_info(process_count), length(ets:all())]',
      )
      return { memory, atoms, processes, tables }
    },
  }
}

const name = 'counter'

/** Turns the module names of Gatling into those of Erlang. @param {readonly string[]} modules */
const atoms = modules => `[${modules.map(module => `'Elixir.${module}'`).join(', ')}]`
