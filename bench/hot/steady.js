import { median, percentile, sleep } from '../lib.js'
import { clock } from '../parts/steady-load.js'
import { answeredIn, dropped, graceMs, timesOf, underLoad } from './load.js'
import { startNode } from './node.js'

/**
 * Measures upgrade after upgrade, to one version and back, while clients use the app.
 * @param {string} folder
 * @param {import('./apps.js').Apps} apps
 * @param {number} upgrades
 */
export const steady = async (folder, { one, two }, upgrades) => {
  const node = await startNode(folder, [one, two])
  try {
    // The engine is compiled once for a machine.
    await node.plan(2)
    const { load, value } = await underLoad(node.port(), '/', () => upgradeOften(node, upgrades))
    return report(load, value)
  } finally {
    await node.close()
  }
}

/** @param {import('./node.js').BenchNode} node @param {number} upgrades */
const upgradeOften = async (node, upgrades) => {
  /** @type {import('./node.js').Upgraded[]} */
  const done = []
  /** @type {string[]} */
  const refused = []
  let release = 1
  let before = await node.sizes()
  let peaceMs = 1_000
  for (let round = 1; round <= upgrades; round++) {
    // The same time without an upgrade, to compare with.
    await sleep(peaceMs)
    const began = clock()
    try {
      done.push(await node.upgrade(3 - release))
      release = 3 - release
    } catch (error) {
      refused.push(String(error))
    }
    peaceMs = Math.max(peaceMs, (clock() - began) * 1.2 + 2 * graceMs)
    if (round === 2) before = await node.sizes()
  }
  return { done, refused, before, after: await node.sizes() }
}

/**
 * @param {import('./load.js').LoadReport} load
 * @param {Awaited<ReturnType<typeof upgradeOften>>} result
 * @returns {import('../lib.js').Row[]}
 */
const report = (load, { done, refused, before, after }) => {
  const paused = done.map(({ installed }) => installed.pausedMs)
  const took = done.map(({ installed }) => installed.tookMs)
  return [
    {
      what: `requests during ${done.length} upgrades`,
      value: load.asked.length,
      unit: '',
      note: '8 keep-alive clients, 10 sockets',
    },
    {
      what: 'upgrades that were not hot',
      value: refused.length,
      unit: '',
      limit: 0,
      note: [...new Set(refused)].join('; '),
    },
    {
      what: 'failed requests',
      value: load.failures.length,
      unit: '',
      limit: 0,
      note: [...new Set(load.failures)].join('; '),
    },
    { what: 'sockets dropped', value: dropped(load), unit: '', limit: 0 },
    ...latencies(
      'plan to commit',
      load,
      done.map(({ began, ended }) => ({ from: began, to: ended })),
    ),
    ...latencies(
      'install to commit',
      load,
      done.map(({ installing, ended }) => ({ from: installing, to: ended })),
    ),
    {
      what: 'an upgrade',
      value: median(done.map(({ began, ended }) => ended - began)),
      unit: 'ms',
      note: 'median',
    },
    { what: 'in the node', value: median(took), unit: 'ms', note: `median; at most ${shown(took)}` },
    { what: 'paused', value: median(paused), unit: 'ms', note: `median; at most ${shown(paused)}` },
    { what: 'memory since the 2nd', value: (after.memory - before.memory) / 1_024, unit: 'kB' },
    { what: 'atoms since the 2nd', value: after.atoms - before.atoms, unit: '' },
    { what: 'processes since the 2nd', value: after.processes - before.processes, unit: '' },
    { what: 'ETS tables since the 2nd', value: after.tables - before.tables, unit: '' },
  ]
}

/** @param {readonly number[]} values */
const shown = values => `${percentile(values, 100).toFixed(1)} ms`

/**
 * Compares the windows with equally long ones right before.
 * @param {string} what
 * @param {import('./load.js').LoadReport} load
 * @param {readonly import('./load.js').Window[]} windows
 * @returns {import('../lib.js').Row[]}
 */
const latencies = (what, load, windows) => {
  const during = windows.flatMap(({ from, to }) => timesOf(answeredIn(load, { from, to: to + graceMs })))
  const before = windows.flatMap(({ from, to }) =>
    timesOf(answeredIn(load, { from: from - (to - from) - graceMs, to: from })),
  )
  return [99.9, 100].map(percent => {
    const [slow, usual] = [percentile(during, percent), percentile(before, percent)]
    return {
      what: `${percent === 100 ? 'max' : `p${percent}`}, ${what} / before`,
      value: slow / usual,
      unit: 'x',
      note: `${slow.toFixed(1)} ms / ${usual.toFixed(1)} ms`,
    }
  })
}
