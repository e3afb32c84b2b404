import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Machine } from '../server/machine.js'

/** A row that PostgreSQL has confirmed. Times are in ms since 1970, by the clock of the host. */
export interface Row {
  readonly n: number
  readonly sentAt: number
  readonly heardAt: number
}

export type Witness = ReturnType<typeof startWitness>

/**
 * Prints the name of the live cluster, and runs its input there as PostgreSQL's own user. After an upgrade the newer
 * cluster answers at the old path.
 */
const script = (project: string): string => `cd /
set -- $(node -p 'const {name, port} = JSON.parse(fs.readFileSync("/etc/gatling/databases/${project}.json")).cluster; name + " " + port')
{ echo "select 'on ' || regexp_replace(current_setting('data_directory'), '.*/', '');"; exec cat; } |
  runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 -h /run/gatling-databases/$1 -p $2 app`

/**
 * Writes a number every few milliseconds into the table `ticks` of the live cluster, and records on the host which ones
 * PostgreSQL confirmed. It connects again after every end of its connection.
 */
export const startWitness = (machine: Machine, project = 'shop', everyMs = 10) => {
  const rows = new Map<string, Row[]>()
  const sent: number[] = []
  let going = true
  let child: ChildProcess | null = null
  let lastHeard = performance.now()
  let longest = 0

  const hear = (cluster: string, n: number): void => {
    const now = performance.now()
    longest = Math.max(longest, now - lastHeard)
    lastHeard = now
    const known = rows.get(cluster) ?? []
    known.push({ n, sentAt: sent[n] ?? 0, heardAt: Date.now() })
    rows.set(cluster, known)
  }

  const connection = (): Promise<void> =>
    new Promise(resolve => {
      const ssh = spawn('ssh', [...machine.sshOptions(), `root@${machine.address}`, script(project)], {
        stdio: ['pipe', 'pipe', 'ignore'],
      })
      child = ssh
      let cluster = ''
      let timer: NodeJS.Timeout | undefined
      const send = (): void => {
        const n = sent.push(Date.now()) - 1
        ssh.stdin.write(`insert into ticks (n) values (${n}) returning n;\n`)
      }
      ssh.stdin.on('error', () => {})
      createInterface({ input: ssh.stdout }).on('line', line => {
        if (line.startsWith('on ')) {
          cluster = line.slice(3)
          timer = setInterval(send, everyMs)
        } else hear(cluster, Number(line))
      })
      ssh.once('close', () => {
        clearInterval(timer)
        resolve()
      })
    })
  const all = (async () => {
    while (going) {
      await connection()
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  })()

  return {
    /** The rows that each cluster has confirmed. */
    rows,
    /** Returns when a number was sent, in ms since 1970. */
    sentAt: (n: number): number => sent[n] ?? 0,
    /** Makes it look again for the live cluster. */
    again: (): void => {
      child?.kill('SIGKILL')
    },
    /** Returns the longest time without an answer since the last call, in ms. */
    longestSilence: (): number => {
      const silence = Math.max(longest, performance.now() - lastHeard)
      longest = 0
      lastHeard = performance.now()
      return silence
    },
    stop: async (): Promise<void> => {
      going = false
      child?.kill('SIGKILL')
      await all
    },
  }
}
