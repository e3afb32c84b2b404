import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/** The TCP ports a process listens on (proc(5): /proc/PID/fd, /proc/PID/net/tcp; state 0A is LISTEN). */
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

/** Whether some process listens on a TCP port of this machine. */
export const isListenedOn = (port: number): boolean =>
  tcpRows().some(row => row.state === '0A' && row.port === port)

/** How many TCP connections to a port of this machine are open (proc(5): state 01 is ESTABLISHED). */
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

/** The environment a process was started with; none when there is no such process. */
export const environmentOf = (pid: number | undefined): Record<string, string> => {
  const text = pid === undefined ? null : attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))
  return Object.fromEntries(
    (text ?? '')
      .split('\0')
      .filter(line => line.includes('='))
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

/** What a process shows as its command line; '' when there is none (proc(5): it may have set it to anything). */
export const titleOf = (pid: number): string =>
  (attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '')
    .replace(/\0+$/, '')
    .replaceAll('\0', ' ')

/** Finds the parent of a process; null: there is no such process (proc(5): stat, field 4). */
export const parentOf = (pid: number): number | null => {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  return stat === null ? null : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** The pipes and sockets a process holds, in these of its files or in all, as `pipe:[inode]` and `socket:[inode]`. */
export const heldPipesOf = (pid: number, files?: readonly number[]): string[] =>
  (files?.map(String) ?? entries(`/proc/${pid}/fd`)).flatMap(fd => {
    const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`))
    return target && /^(pipe|socket):/.test(target) ? [target] : []
  })

/** When a process was started, in epoch ms; null: there is none (proc(5): field 22 of /proc/PID/stat; /proc/uptime). */
export const startedAt = (pid: number): number | null =>
  attempt(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
    const uptime = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0])
    return Date.now() - (uptime * 1_000 - ticks * 10)
  })

/** The processes a process has started (proc(5): /proc/PID/task/TID/children). */
export const childrenOf = (pid: number): number[] =>
  (attempt(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')) ?? '')
    .split(' ')
    .filter(text => text !== '')
    .map(Number)

/** Reads what a process and all it has started use: processor time in ms, memory in KB (proc(5): stat, fields 14 and 15; statm, field 2). */
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

/** The plain files that a process has open, each once (proc(5): /proc/PID/fd). */
export const openFilesOf = (pid: number): string[] => [
  ...new Set(
    entries(`/proc/${pid}/fd`).flatMap(fd => {
      const path = attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`))
      return path !== null && attempt(() => statSync(path).isFile()) ? [path] : []
    }),
  ),
]

/** The processes whose environment holds this variable with this value, or a value that begins so. */
export const processesWith = (name: string, value: string, exact = true): number[] =>
  entries('/proc').flatMap(entry => {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    const environment = attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))?.split('\0') ?? []
    const wanted = `${name}=${value}`
    return environment.some(line => (exact ? line === wanted : line.startsWith(wanted))) ? [pid] : []
  })

/** The processes of a user (proc(5): a process's folder belongs to its effective user). */
export const processesOf = (uid: number): number[] =>
  entries('/proc').flatMap(entry => {
    const pid = Number(entry)
    return Number.isInteger(pid) && attempt(() => statSync(`/proc/${entry}`).uid) === uid ? [pid] : []
  })

/** Against one that starts others faster than they are found. */
const mostLooks = 20

/**
 * SIGKILL to each that is found, and to those it had started meanwhile; those that have ended by now, or are not ours, are
 * left alone.
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

// A process may end, or belong to another user, between two looks.
const attempt = <Value>(read: () => Value): Value | null => {
  try {
    return read()
  } catch {
    return null
  }
}
