import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Machine } from '../server/machine.js'

/** A row that PostgreSQL has said to be committed. Times are in ms since 1970, of the clock of the host. */
export interface Row {
  readonly n: number
  readonly sentAt: number
  readonly heardAt: number
}

export type Witness = ReturnType<typeof startWitness>

/**
 * Prints which cluster answers where the one that serves is, and runs in it what comes on its input, as PostgreSQL's own
 * user. After an upgrade the newer one answers at the old path.
 */
const script = (project: string): string => `cd /
set -- $(node -p 'const {name, port} = JSON.parse(fs.readFileSync("/etc/gatling/databases/${project}.json")).cluster; name + " " + port')
{ echo "select 'on ' || regexp_replace(current_setting('data_directory'), '.*/', '');"; exec cat; } |
  runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 -h /run/gatling-databases/$1 -p $2 app`

/**
 * Writes a number every few milliseconds into the table `ticks` of the cluster that serves, and keeps on the host what
 * was said to be committed. It goes on after everything that ends its connection.
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
    /** What each cluster has said to have committed. */
    rows,
    /** When a number was sent, in ms since 1970. */
    sentAt: (n: number): number => sent[n] ?? 0,
    /** Has it look again which cluster serves. */
    again: (): void => {
      child?.kill('SIGKILL')
    },
    /** The longest time without an answer since this was last asked, in ms. */
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
