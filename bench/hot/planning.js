import { spawn } from 'node:child_process'
import { cpus } from 'node:os'
import { median } from '../lib.js'
import { startNode } from './node.js'

/**
 * Measures what the engine compares before an upgrade, without its questions to the node.
 * @param {string} folder
 * @param {import('./apps.js').Apps} apps
 * @param {number} rounds
 * @returns {Promise<import('../lib.js').Row[]>}
 */
export const planning = async (folder, { one, two }, rounds) => {
  const node = await startNode(folder, [one, two])
  try {
    await node.plan(2)
    /** @type {number[]} */
    const idle = []
    /** @type {number[]} */
    const busy = []
    const plan = async () => {
      const { whole, inNode } = await node.plan(2)
      return whole - inNode
    }
    for (let round = 1; round <= rounds; round++) {
      idle.push(await plan())
      busy.push(await whileBusy(plan))
    }
    return [
      { what: 'plan and preview, idle', value: median(idle), unit: 'ms', note: `median of ${rounds}` },
      {
        what: 'plan and preview, busy',
        value: median(busy),
        unit: 'ms',
        note: 'every processor has something to do',
      },
      { what: 'plan and preview, busy / idle', value: median(busy) / median(idle), unit: 'x' },
    ]
  } finally {
    await node.close()
  }
}

/** @template Value @param {() => Promise<Value>} work */
const whileBusy = async work => {
  const spinning = cpus().map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))
  try {
    return await work()
  } finally {
    for (const child of spinning) child.kill('SIGKILL')
  }
}
