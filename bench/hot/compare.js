import { request } from 'node:http'
import { median, percentile, sleep } from '../lib.js'
import { clock } from '../parts/steady-load.js'
import { answeredIn, dropped, failuresOf, longestPause, underLoad } from './load.js'
import { startNode } from './node.js'
import { handledRelease, installByHandler } from './release-handler.js'

/** A failure can appear only after the upgrade. */
const aftermathMs = 1_000

/** @typedef {{ inNode?: number, installing?: number }} Told */
/** @typedef {{ wall: number, pause: number, installPause: number, failed: number, dropped: number, kept: boolean, configured: boolean, inNode: number | undefined }} Outcome */
/** @typedef {{ releases: () => Promise<string[]>, prepare?: (node: import('./node.js').BenchNode) => Promise<unknown>, run: (node: import('./node.js').BenchNode) => Promise<Told | void> }} Method */

/**
 * Measures the same change of the same app under the same load, with each method in turn, each time in a fresh node.
 * @param {string} folder
 * @param {import('./apps.js').Apps} apps
 * @param {number} rounds
 */
export const compare = async (folder, apps, rounds) => {
  const methods = await methodsFor(folder, apps)
  /** @type {Map<string, Outcome[] | string>} */
  const outcomes = new Map()
  for (let round = 1; round <= rounds; round++)
    for (const [name, method] of Object.entries(methods)) {
      const known = outcomes.get(name) ?? []
      if (typeof known === 'string') continue
      const outcome = await once(folder, method).catch(error => String(error).split('\n')[0] ?? '')
      outcomes.set(name, typeof outcome === 'string' ? outcome : [...known, outcome])
    }
  return report(outcomes)
}

/** @param {string} folder @param {import('./apps.js').Apps} apps @returns {Promise<Record<string, Method>>} */
const methodsFor = async (folder, apps) => {
  const { one, two } = apps
  const both = async () => [one, two]
  const { modules, migrating } = await changedBetween(folder, one, two)
  const handled = { root: '' }
  return {
    hot: {
      releases: both,
      // The engine examines the running release once.
      prepare: node => node.plan(2),
      run: async node => {
        const { installed, installing } = await node.upgrade(2)
        return { inNode: installed.tookMs, installing }
      },
    },
    restart: { releases: both, run: node => node.restart(2) },
    loop: { releases: both, run: async node => ({ inNode: (await node.loop(2, modules)).tookMs }) },
    'loop with code_change': {
      releases: both,
      run: async node => ({ inNode: (await node.loop(2, modules, migrating)).tookMs }),
    },
    release_handler: {
      releases: async () => {
        handled.root = await handledRelease(folder, apps)
        return [handled.root]
      },
      run: node => installByHandler(node, handled.root),
    },
  }
}

/** @param {string} folder @param {string} one @param {string} two */
const changedBetween = async (folder, one, two) => {
  const node = await startNode(folder, [one, two])
  try {
    return await node.changed(2)
  } finally {
    await node.close()
  }
}

/** @param {string} folder @param {Method} method @returns {Promise<Outcome>} */
const once = async (folder, { releases, prepare, run }) => {
  const node = await startNode(folder, await releases())
  try {
    await prepare?.(node)
    const { load, value } = await underLoad(node.port(), '/', async () => {
      await increment(node.port())
      const began = clock()
      const told = (await run(node)) ?? {}
      const ended = clock()
      await sleep(aftermathMs)
      return { began, ended, told, kept: (await increment(node.port())) === 2 }
    })
    const { began, ended, told } = value
    /** @param {number} from */
    const since = from => answeredIn(load, { from, to: ended + aftermathMs })
    return {
      wall: ended - began,
      pause: longestPause(since(began)),
      installPause: longestPause(since(told.installing ?? began)),
      failed: failuresOf(since(began)).length,
      dropped: dropped(load),
      kept: value.kept,
      configured: await node.isConfigured(),
      inNode: told.inNode,
    }
  } finally {
    await node.close()
  }
}

/** @param {number} port @returns {Promise<number>} the count after it; 0 when there is no answer */
const increment = port =>
  new Promise(resolve => {
    const options = { host: '127.0.0.1', port, path: '/increment', method: 'POST', agent: false }
    const outgoing = request(options, response => {
      let text = ''
      response.on('data', bytes => {
        text += bytes
      })
      response.once('error', () => resolve(0))
      response.once('end', () => resolve(response.statusCode === 200 ? JSON.parse(text).count : 0))
    })
    outgoing.once('error', () => resolve(0))
    outgoing.end()
  })

/** @param {ReadonlyMap<string, readonly Outcome[] | string>} outcomes @returns {import('../lib.js').Row[]} */
const report = outcomes => {
  const hot = outcomes.get('hot')
  if (hot === undefined || typeof hot === 'string') throw new Error(`the hot upgrade failed: ${hot}`)
  return [...outcomes].flatMap(([name, found]) =>
    typeof found === 'string'
      ? [{ what: `${name}: could not be made to work`, value: Number.NaN, unit: '', note: found }]
      : rowsOf(name, found, hot),
  )
}

/** @param {string} name @param {readonly Outcome[]} found @param {readonly Outcome[]} hot @returns {import('../lib.js').Row[]} */
const rowsOf = (name, found, hot) => {
  /** @param {readonly Outcome[]} outcomes @param {'wall' | 'pause' | 'installPause'} value */
  const of = (outcomes, value) => median(outcomes.map(outcome => outcome[value]))
  /** @param {string} what @param {'wall' | 'pause' | 'installPause'} value @returns {import('../lib.js').Row} */
  const against = (what, value) => {
    const ms = of(found, value)
    return found === hot
      ? { what: `${name}: ${what}`, value: ms, unit: 'ms', note: `median of ${found.length}` }
      : { what: `${name}: ${what} / hot`, value: ms / of(hot, value), unit: 'x', note: `${ms.toFixed(0)} ms` }
  }
  const inNode = found.flatMap(outcome => outcome.inNode ?? [])
  const limit = found === hot ? { limit: 0 } : {}
  /** @param {string} what @param {(outcome: Outcome) => boolean} isKept @returns {import('../lib.js').Row} */
  const lost = (what, isKept) => {
    const times = found.filter(outcome => !isKept(outcome)).length
    const kept = times === 0 ? 'yes' : times === found.length ? 'no' : 'not always'
    return { what: `${name}: lost its ${what}`, value: times, unit: '', ...limit, note: `kept: ${kept}` }
  }
  return [
    against('wall time', 'wall'),
    ...(inNode.length > 0 ? [{ what: `${name}: of it in the node`, value: median(inNode), unit: 'ms' }] : []),
    against('longest pause', 'pause'),
    ...(found === hot ? [against('longest pause, from install on', 'installPause')] : []),
    {
      what: `${name}: failed requests`,
      value: median(found.map(({ failed }) => failed)),
      unit: '',
      ...limit,
      note: `at most ${percentile(
        found.map(({ failed }) => failed),
        100,
      )}; sockets dropped: ${median(found.map(outcome => outcome.dropped))}`,
    },
    lost('state', ({ kept }) => kept),
    lost('configuration', ({ configured }) => configured),
  ]
}
