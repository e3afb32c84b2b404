import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root, sleep } from '../lib.js'

/** @typedef {import('../parts/steady-load.js').LoadReport} LoadReport */
/** @typedef {import('../parts/steady-load.js').Asked} Asked */
/** @typedef {{ from: number, to: number }} Window by the clock of the load */

/** The time until the node and the clients are warm. */
const warmMs = 1_000

/**
 * Does the work while clients use the app.
 * @template Value
 * @param {number} port
 * @param {string} path
 * @param {() => Promise<Value>} work
 * @returns {Promise<{ load: LoadReport, value: Value }>}
 */
export const underLoad = async (port, path, work) => {
  const child = fork(join(root, 'bench', 'parts', 'hot-load.js'), { serialization: 'advanced' })
  try {
    child.send({ port, path })
    await once(child, 'message')
    await sleep(warmMs)
    const value = await work()
    child.send('stop')
    const [load] = await once(child, 'message')
    return { load, value }
  } finally {
    child.kill('SIGKILL')
  }
}

/** An effect of an upgrade can end a moment after it. */
export const graceMs = 100

/** @param {LoadReport} load */
export const dropped = ({ closed }) => [...closed.values()].reduce((sum, times) => sum + times, 0)

/** @param {LoadReport} load @param {Window} window */
export const answeredIn = ({ asked }, { from, to }) =>
  asked.filter(({ ended }) => ended >= from && ended < to)

/** @param {readonly Asked[]} asked */
export const failuresOf = asked => asked.filter(({ failure }) => failure !== null)

/** @param {readonly Asked[]} asked @returns {number[]} of those that succeeded, in ms */
export const timesOf = asked =>
  asked.filter(({ failure }) => failure === null).map(({ began, ended }) => ended - began)

/** Returns the longest time of a client without an answer: from its first attempt to the success. @param {readonly Asked[]} asked */
export const longestPause = asked => {
  /** @type {Map<number, number>} */
  const trying = new Map()
  let longest = 0
  for (const { client, began, ended, failure } of asked) {
    const since = trying.get(client) ?? began
    longest = Math.max(longest, ended - since)
    if (failure === null) trying.delete(client)
    else trying.set(client, since)
  }
  return longest
}
