import { closeSync, readSync, statSync } from 'node:fs'
import * as nginx from '../commands/nginx.js'
import * as systemd from '../commands/systemd.js'
import { runCommand } from './capture.js'
import { openIfThere } from './files.js'
import { childrenOf, openFilesOf, titleOf } from './procfs.js'

/** How often Gatling looks at nginx, and how long a reload may take, in ms. */
const lookEveryMs = 10
const mostMs = 30_000
/** The most that is read of a log of nginx, in bytes. */
const mostBytes = 1_024 * 1_024

/**
 * Makes nginx test its configuration. If two sites have the same name, nginx only warns, and one of them loses the
 * name.
 * @param names those that only one site may have.
 * @returns what is wrong; null: nothing.
 */
export const testNginx = async (names: readonly string[] = []): Promise<string | null> => {
  const { status, stderr } = await runCommand(nginx.test)
  if (status !== 0) return stderr.trim()
  const lost = stderr.split('\n').filter(line => {
    const name = /conflicting server name "([^"]+)"/.exec(line)?.[1] ?? ''
    return [name, name.replace(/^\./, ''), `*${name}`].some(one => names.includes(one))
  })
  return lost.length === 0 ? null : lost.join('\n')
}

/**
 * Reloads nginx, or starts it. It can refuse what its own test accepts, such as a changed key of a shared memory zone,
 * or a port that another program uses. Only its log says so.
 * @returns what nginx refuses; null: its workers use the configuration.
 */
export const reloadNginx = async (): Promise<string | null> => {
  const master = await nginxMaster()
  const taken = followReload(master)
  const { status, stderr } = await runCommand(systemd.reloadOrRestart('nginx.service'))
  return status === 0 ? taken() : stderr.trim()
}

/**
 * Makes nginx test its files and use them.
 * @param names as for `testNginx`.
 * @returns what is wrong; null: its workers use them.
 */
export const useNginxFiles = async (names: readonly string[] = []): Promise<string | null> =>
  (await testNginx(names)) ?? (await reloadNginx())

/** Returns the pid of nginx's master; 0: nginx does not run. */
export const nginxMaster = async (): Promise<number> => {
  const { stdout } = await runCommand(systemd.show(['nginx.service'], ['MainPID']))
  return Number(/^MainPID=(\d+)$/m.exec(stdout)?.[1] ?? 0)
}

/** Returns the workers that accept new connections. After a reload the old workers have another title (nginx(8)). */
export const takingWorkers = (master: number): number[] =>
  childrenOf(master).filter(pid => /^nginx: worker process(?! is shutting down)/.test(titleOf(pid)))

/**
 * Remembers the state of nginx before a reload.
 * @returns a function that waits for the end of the reload, which nginx does not report, and returns as `reloadNginx`.
 */
export const followReload = (master: number): (() => Promise<string | null>) => {
  const before = takingWorkers(master)
  const logs = openFilesOf(master).map(path => ({ path, from: sizeOf(path) }))
  return async () => {
    const deadline = performance.now() + mostMs
    for (;;) {
      if (!takingWorkers(master).some(pid => before.includes(pid))) return null
      const said = logs.flatMap(({ path, from }) => complaintsIn(path, from, master).map(({ said }) => said))
      if (said.some(isFinal)) return [...new Set(said)].join('\n')
      if (performance.now() > deadline)
        return `its old workers still answer ${mostMs / 1_000} s after a reload: see \`journalctl -u nginx\` and its error log`
      await new Promise(resolve => setTimeout(resolve, lookEveryMs))
    }
  }
}

/** Returns why nginx does not use its files: the errors of its master in its logs since a time, in epoch ms. */
export const complaintsSince = (master: number, since: number): string[] => [
  ...new Set(
    openFilesOf(master)
      .flatMap(path => complaintsIn(path, Math.max(0, sizeOf(path) - mostBytes), master))
      .filter(({ at }) => at >= since)
      .map(({ said }) => said),
  ),
]

/** Tells whether an error is final. nginx retries for some seconds if another program uses an address. */
const isFinal = (complaint: string): boolean => !complaint.startsWith('bind() to ')

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Reads the errors of nginx's master in a log, from a byte on, each with its time in epoch ms. */
const complaintsIn = (path: string, from: number, master: number): { at: number; said: string }[] =>
  textFrom(path, from)
    .split('\n')
    .flatMap(line => {
      const [, at = '', pid, said] = /^([\d/]+ [\d:]+) \[emerg\] (\d+)#\d+: (.*)$/.exec(line) ?? []
      return Number(pid) === master && said !== undefined ? [{ at: new Date(at).getTime(), said }] : []
    })

const textFrom = (path: string, from: number): string => {
  const file = sizeOf(path) === from ? null : openIfThere(path)
  if (file === null) return ''
  try {
    const bytes = Buffer.alloc(mostBytes)
    // A log that is shorter now is a new file.
    const at = sizeOf(path) < from ? 0 : from
    return bytes.subarray(0, readSync(file, bytes, 0, mostBytes, at)).toString('latin1')
  } finally {
    closeSync(file)
  }
}
