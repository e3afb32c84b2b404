import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/** Returns the TCP ports that a process listens on (proc(5): /proc/PID/fd, /proc/PID/net/tcp; state 0A is LISTEN). */
export const listeningPorts = (pid: number): number[] => {
  const sockets = socketsOf(pid)
  return [...new Set(['tcp', 'tcp6'].flatMap(table => listeners(pid, table, sockets)))]
}

const socketsOf = (pid: number): ReadonlySet<string> => {
  const folder = `/proc/${pid}/fd`
  return new Set(
    entries(folder).flatMap(fd => {
      const inode = /^socket:\[(\d+)\]$/.exec(attempt(() => readlinkSync(`${folder}/${fd}`)) ?? '')?.[1]
      return inode === undefined ? [] : [inode]
    }),
  )
}

const listeners = (pid: number, table: string, sockets: ReadonlySet<string>): number[] =>
  (attempt(() => readFileSync(`/proc/${pid}/net/${table}`, 'latin1')) ?? '')
    .split('\n')
    .slice(1)
    .flatMap(row => {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/)
      if (state !== '0A' || local === undefined || inode === undefined || !sockets.has(inode)) return []
      return [Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16)]
    })

/** Tells whether a process listens on a TCP port of this machine. */
export const isListenedOn = (port: number): boolean =>
  tcpRows().some(row => row.state === '0A' && row.port === port)

/** Counts the open TCP connections to a port of this machine (proc(5): state 01 is ESTABLISHED). */
export const connectionsTo = (port: number): number =>
  tcpRows().filter(row => row.state === '01' && row.port === port).length

const tcpRows = (): { port: number; state: string }[] =>
  ['tcp', 'tcp6']
    .flatMap(table =>
      (attempt(() => readFileSync(`/proc/net/${table}`, 'latin1')) ?? '').split('\n').slice(1),
    )
    .map(row => {
      const [, local = '', , state = ''] = row.trim().split(/\s+/)
      return { port: Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16), state }
    })

/** Returns the environment that a process was started with; empty if there is no such process. */
export const environmentOf = (pid: number | undefined): Record<string, string> => {
  const text = pid === undefined ? null : attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))
  return Object.fromEntries(
    (text ?? '')
      .split('\0')
      .filter(line => line.includes('='))
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

/**
 * Returns the command line that a process shows; '': there is no such process. A process can set it to anything
 * (proc(5)).
 */
export const titleOf = (pid: number): string =>
  (attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '')
    .replace(/\0+$/, '')
    .replaceAll('\0', ' ')

/** Finds the parent of a process; null: there is no such process (proc(5): stat, field 4). */
export const parentOf = (pid: number): number | null => {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  return stat === null ? null : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/**
 * Returns the pipes and sockets that a process has open, as `pipe:[inode]` and `socket:[inode]`.
 * @param files only these descriptors.
 */
export const heldPipesOf = (pid: number, files?: readonly number[]): string[] =>
  (files?.map(String) ?? entries(`/proc/${pid}/fd`)).flatMap(fd => {
    const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`))
    return target && /^(pipe|socket):/.test(target) ? [target] : []
  })

/**
 * Returns when a process was started, in epoch ms; null: there is no such process (proc(5): field 22 of /proc/PID/stat;
 * /proc/uptime).
 */
export const startedAt = (pid: number): number | null =>
  attempt(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
    const uptime = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0])
    return Date.now() - (uptime * 1_000 - ticks * 10)
  })

/** Returns the child processes of a process (proc(5): /proc/PID/task/TID/children). */
export const childrenOf = (pid: number): number[] =>
  (attempt(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')) ?? '')
    .split(' ')
    .filter(text => text !== '')
    .map(Number)

/**
 * Reads what a process and all its descendants use: processor time in ms, memory in KB (proc(5): stat, fields 14 and
 * 15; statm, field 2).
 */
export const usageOf = (pid: number): { readonly cpu: number; readonly memory: number } => {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? ''
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const pages = attempt(() => readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
  const own = {
    cpu: (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10,
    memory: Number(pages ?? 0) * 4,
  }
  return childrenOf(pid).reduce((sum, child) => {
    const { cpu, memory } = usageOf(child)
    return { cpu: sum.cpu + cpu, memory: sum.memory + memory }
  }, own)
}

/** Returns the plain files that a process has open, each once (proc(5): /proc/PID/fd). */
export const openFilesOf = (pid: number): string[] => [
  ...new Set(
    entries(`/proc/${pid}/fd`).flatMap(fd => {
      const path = attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`))
      return path !== null && attempt(() => statSync(path).isFile()) ? [path] : []
    }),
  ),
]

/**
 * Finds the processes with this variable and value in their environment.
 * @param exact false: the beginning of the value is enough.
 */
export const processesWith = (name: string, value: string, exact = true): number[] =>
  entries('/proc').flatMap(entry => {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    const environment = attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))?.split('\0') ?? []
    const wanted = `${name}=${value}`
    return environment.some(line => (exact ? line === wanted : line.startsWith(wanted))) ? [pid] : []
  })

/** Returns the processes of a user (proc(5): a process's folder belongs to its effective user). */
export const processesOf = (uid: number): number[] =>
  entries('/proc').flatMap(entry => {
    const pid = Number(entry)
    return Number.isInteger(pid) && attempt(() => statSync(`/proc/${entry}`).uid) === uid ? [pid] : []
  })

/** The most rounds of a kill, in case a process starts others faster than they are found. */
const mostLooks = 20

/**
 * Sends SIGKILL to each process that is found, and to those that it has started meanwhile. Ignores processes that have
 * ended, or belong to other users.
 */
export const killAll = (find: () => readonly number[]): void => {
  const killed = new Set<number>()
  for (let looks = 0; looks < mostLooks; looks++) {
    const found = find().filter(pid => !killed.has(pid))
    if (found.length === 0) return
    for (const pid of found) {
      attempt(() => process.kill(pid, 'SIGKILL'))
      killed.add(pid)
    }
  }
}

const entries = (folder: string): string[] => attempt(() => readdirSync(folder)) ?? []

// A process can end between two reads, or belong to another user.
const attempt = <Value>(read: () => Value): Value | null => {
  try {
    return read()
  } catch {
    return null
  }
}
