import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Machine } from '../server/machine.js'
import type { DatabaseFacts, Facts } from './facts.js'

const script = fileURLToPath(new URL('agent.mjs', import.meta.url))
const lab = fileURLToPath(new URL('../server/lab.sh', import.meta.url))
const place = '/root/agent.mjs'
const timeoutMs = 60_000

export interface Victim {
  /** A regular expression for `run=<run> instance=<instance> <command line>`. */
  readonly match: string
  readonly signal?: NodeJS.Signals
  /** The longest wait for a match, in ms. */
  readonly waitMs?: number
  /** The delay after the match, in ms. */
  readonly delayMs?: number
  /** Whether to signal all that match, instead of the newest. */
  readonly all?: boolean
}

/** The agent inside the machine. It starts again after the machine was down. */
export interface Agent {
  /** Signals processes. @returns those that existed. */
  hunt(victim: Victim): Promise<readonly { pid: number; line: string }[]>
  facts(project: string): Promise<Facts>
  database(project: string): Promise<DatabaseFacts>
  /** Runs a bash script (with -e) as root. @returns its output. Throws with its output unless it ends with 0. */
  sh(script: string): Promise<string>
  close(): void
}

export const createAgent = async (machine: Machine, labNumber: string): Promise<Agent> => {
  await machine.put(place, readFileSync(script, 'utf8'))
  let child: ChildProcess | null = null
  let number = 0
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()

  const start = (): ChildProcess => {
    const started = spawn('bash', [lab, 'x', labNumber, machine.name, 'node', place], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    started.stdin.on('error', () => {})
    createInterface({ input: started.stdout }).on('line', line => {
      const { id, value, error } = JSON.parse(line) as { id: number; value: unknown; error?: string }
      const asked = waiting.get(id)
      waiting.delete(id)
      if (error === undefined) asked?.resolve(value)
      else asked?.reject(new Error(error))
    })
    started.once('exit', () => {
      if (child === started) child = null
      for (const { reject } of waiting.values()) reject(new Error('the machine went down'))
      waiting.clear()
    })
    return started
  }
  const ask = async (op: string, wanted: object): Promise<unknown> => {
    child ??= start()
    const id = ++number
    const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
    child.stdin?.write(`${JSON.stringify({ id, op, ...wanted })}\n`)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${op}: no answer in ${timeoutMs / 1_000} s`)), timeoutMs)
    })
    return Promise.race([answer, late]).finally(() => clearTimeout(timer))
  }

  // The answers come from our own script, so they need no schema.
  return {
    hunt: async ({ match, signal = 'SIGKILL', waitMs = 0, delayMs = 0, all = true }) =>
      (await ask('hunt', { match, signal, waitMs, delayMs, all })) as { pid: number; line: string }[],
    facts: async project => (await ask('facts', { project })) as Facts,
    database: async project => (await ask('database', { project })) as DatabaseFacts,
    sh: async script => {
      const { code, text } = (await ask('sh', { script })) as { code: number; text: string }
      if (code !== 0) throw new Error(`ended with ${code}: ${script}\n${text}`)
      return text
    },
    close: () => child?.kill('SIGKILL'),
  }
}
