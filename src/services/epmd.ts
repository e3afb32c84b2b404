import { connect } from 'node:net'
import { freePort } from '../hosts/ports.js'
import { spawnGroup } from '../hosts/process.js'

export interface Epmd {
  /** The port of our own epmd; started at the first call. null when there is no epmd program. */
  port(): Promise<number | null>
  close(): Promise<void>
}

/**
 * An epmd of our own, on loopback. The first node would start one otherwise, on all interfaces, and leave it behind;
 * and two GATLING_HOMEs on one machine could not have an app of the same name.
 */
export const privateEpmd = (mark: string): Epmd => {
  let started: Promise<{ port: number; stop: () => Promise<void> } | null> | null = null
  const start = async () => {
    const port = await freePort()
    const group = spawnGroup({
      argv: ['epmd', '-port', String(port), '-address', '127.0.0.1'],
      env: { PATH: process.env['PATH'], GATLING_INSTANCE: mark },
      onLine: () => {},
    })
    let runs = true
    group.ended.then(() => {
      runs = false
    })
    while (runs && (await names(port)) === null) await new Promise(resolve => setTimeout(resolve, 10))
    return runs ? { port, stop: () => group.stop(1_000) } : null
  }
  return {
    port: async () => {
      started ??= start()
      return (await started)?.port ?? null
    },
    close: async () => {
      await (await started)?.stop()
    },
  }
}

/** The distribution ports of the nodes an epmd knows. */
export const distributionPorts = async (epmdPort: number | null): Promise<number[]> =>
  epmdPort === null
    ? []
    : [...((await names(epmdPort)) ?? '').matchAll(/at port (\d+)/g)].map(match => Number(match[1]))

/** NAMES_REQ of the epmd protocol (erts, "Distribution Protocol"); null when no epmd answers. */
const names = (port: number): Promise<string | null> =>
  new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    let answer = ''
    socket.setTimeout(1_000, () => socket.destroy())
    socket.once('connect', () => socket.write(Buffer.from([0, 1, 110])))
    socket.on('data', (bytes: Buffer) => {
      answer += bytes.toString('latin1')
    })
    socket.once('error', () => resolve(null))
    socket.once('close', () => resolve(answer === '' ? null : answer.slice(4)))
  })
