import { closeSync, readSync, statSync } from 'node:fs'
import * as nginx from '../commands/nginx.js'
import * as systemd from '../commands/systemd.js'
import { runCommand } from './capture.js'
import { openIfThere } from './files.js'
import { childrenOf, openFilesOf, titleOf } from './procfs.js'

/** How often nginx is looked at, and how long a reload may take, in ms. */
const lookEveryMs = 10
const mostMs = 30_000
/** The most that is read of what nginx wrote to a log meanwhile, in bytes. */
const mostBytes = 1_024 * 1_024

/**
 * Has nginx test its configuration. That two sites have a name is only a warning to nginx, and one of them loses it.
 * @param names which are to be one site's alone.
 * @returns what it has against it; null: nothing.
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
 * Has nginx take up its configuration, or starts it. nginx refuses some of what its own test accepts, such as another key
 * for a zone of shared memory, or a port that another program has. Only its log says so.
 * @returns what nginx refuses; null: its workers use the configuration.
 */
export const reloadNginx = async (): Promise<string | null> => {
  const master = await nginxMaster()
  const taken = followReload(master)
  const { status, stderr } = await runCommand(systemd.reloadOrRestart('nginx.service'))
  return status === 0 ? taken() : stderr.trim()
}

/**
 * Has nginx use what its files say, once it has tested them.
 * @param names as of `testNginx`.
 * @returns what it has against them; null: its workers use them.
 */
export const useNginxFiles = async (names: readonly string[] = []): Promise<string | null> =>
  (await testNginx(names)) ?? (await reloadNginx())

/** The pid of nginx's master; 0: nginx does not run. */
export const nginxMaster = async (): Promise<number> => {
  const { stdout } = await runCommand(systemd.show(['nginx.service'], ['MainPID']))
  return Number(/^MainPID=(\d+)$/m.exec(stdout)?.[1] ?? 0)
}

/** The workers that take new connections: those of before a reload end theirs under another title (nginx(8)). */
export const takingWorkers = (master: number): number[] =>
  childrenOf(master).filter(pid => /^nginx: worker process(?! is shutting down)/.test(titleOf(pid)))

/**
 * Remembers nginx as it is before a reload. What comes back waits for the reload's end, of which nobody is told.
 * @returns as `reloadNginx`.
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
        return `its workers of before a reload still answer, ${mostMs / 1_000} s later: \`journalctl -u nginx\` and its error log may tell why`
      await new Promise(resolve => setTimeout(resolve, lookEveryMs))
    }
  }
}

/** What keeps nginx from using what its files say: what its master has written to its logs since a time, in epoch ms. */
export const complaintsSince = (master: number, since: number): string[] => [
  ...new Set(
    openFilesOf(master)
      .flatMap(path => complaintsIn(path, Math.max(0, sizeOf(path) - mostBytes), master))
      .filter(({ at }) => at >= since)
      .map(({ said }) => said),
  ),
]

/** nginx tries for some seconds to listen on an address that somebody else has. */
const isFinal = (complaint: string): boolean => !complaint.startsWith('bind() to ')

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** What keeps nginx's master from doing as it was told, by a log of its, from a byte on; each with its time in epoch ms. */
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
    // A log that is shorter now is a new one.
    const at = sizeOf(path) < from ? 0 : from
    return bytes.subarray(0, readSync(file, bytes, 0, mostBytes, at)).toString('latin1')
  } finally {
    closeSync(file)
  }
}
