import { median, percentile, sleep } from '../lib.js'
import { clock } from '../parts/steady-load.js'
import { answeredIn, graceMs, longestPause, underLoad } from './load.js'
import { startNode } from './node.js'

/**
 * Measures many modules, many processes that migrate, and both at once, with the engine and with a loop.
 * @param {string} folder
 * @param {import('./apps.js').Apps} apps
 * @param {{ modules: number, processes: number, rounds: number }} counts
 */
export const scale = async (folder, { large: [first, second, third] }, { modules, processes, rounds }) => {
  /** @type {import('../lib.js').Row[]} */
  const rows = []
  for (const { what, releases, crew } of [
    { what: `${modules} modules`, releases: [first, second], crew: 0 },
    { what: `${processes} processes`, releases: [second, third], crew: processes },
    { what: `${modules} modules, ${processes} processes`, releases: [first, third], crew: processes },
  ]) {
    const hot = await measured(folder, releases, crew, rounds, async node => {
      await node.plan(2)
      return async release => {
        const { installed, installing, ended } = await node.upgrade(release)
        return { ...installed, from: installing, to: ended }
      }
    })
    const loop = await measured(folder, releases, crew, rounds, async node => {
      const { modules, migrating } = await node.changed(2)
      return async release => {
        const from = clock()
        return { ...(await node.loop(release, modules, migrating)), from, to: clock() }
      }
    })
    rows.push(...report(what, hot, loop))
  }
  return rows
}

/** @typedef {{ pausedMs: number, tookMs: number, from: number, to: number }} Took */
/** @typedef {{ first: Took, later: Took[], failed: number, pause: number, notes: string[] }} Measured */

/**
 * Upgrades and goes back while clients ask those very processes.
 * @param {string} folder
 * @param {readonly string[]} releases
 * @param {number} crew
 * @param {number} rounds
 * @param {(node: import('./node.js').BenchNode) => Promise<(release: number) => Promise<Took>>} prepare
 * @returns {Promise<Measured>}
 */
const measured = async (folder, releases, crew, rounds, prepare) => {
  const node = await startNode(folder, releases, { CREW: String(crew) })
  try {
    const change = await prepare(node)
    const { load, value } = await underLoad(node.port(), '/crew', async () => {
      const first = await change(2)
      const later = []
      for (let round = 1; round <= rounds; round++) {
        await sleep(graceMs)
        later.push(await change(round % 2 === 1 ? 1 : 2))
      }
      await sleep(graceMs)
      return { first, later }
    })
    return {
      ...value,
      failed: load.failures.length,
      pause: Math.max(...[value.first, ...value.later].map(took => pauseIn(load, took))),
      notes: [...new Set(load.failures)],
    }
  } finally {
    await node.close()
  }
}

/** @param {import('./load.js').LoadReport} load @param {Took} took */
const pauseIn = (load, { from, to }) => longestPause(answeredIn(load, { from, to: to + graceMs }))

/** @param {string} what @param {Measured} hot @param {Measured} loop @returns {import('../lib.js').Row[]} */
const report = (what, hot, loop) => {
  /** @param {string} label @param {'pausedMs' | 'tookMs'} value @returns {import('../lib.js').Row[]} */
  const against = (label, value) => {
    const [ours, theirs] = [hot, loop].map(({ later }) => later.map(took => took[value]))
    const [our, their] = [median(ours ?? []), median(theirs ?? [])]
    return [
      {
        what: `${what}: ${label}`,
        value: our,
        unit: 'ms',
        note: `first ${hot.first[value].toFixed(0)} ms, at most ${percentile(ours ?? [], 100).toFixed(0)} ms`,
      },
      {
        what: `${what}: ${label}, loop / hot`,
        value: their / our,
        unit: 'x',
        note: `${their.toFixed(0)} ms, first ${loop.first[value].toFixed(0)} ms`,
      },
    ]
  }
  return [
    ...against('paused', 'pausedMs'),
    ...against('in the node', 'tookMs'),
    {
      what: `${what}: longest pause, loop / hot`,
      value: loop.pause / hot.pause,
      unit: 'x',
      note: `${loop.pause.toFixed(0)} ms / ${hot.pause.toFixed(0)} ms`,
    },
    { what: `${what}: failed requests`, value: hot.failed, unit: '', limit: 0, note: hot.notes.join('; ') },
    { what: `${what}: failed requests, loop`, value: loop.failed, unit: '', note: loop.notes.join('; ') },
  ]
}
