import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { withPostgres } from '../helpers/postgres.js'
import { run, until } from '../helpers/world.js'
import { createLab, postgres15 } from '../server/machine.js'
import { createServer, type ServerApp, watched } from '../server/server.js'
import { type Agent, createAgent } from './agent.js'
import type { Claim } from './checker.js'
import { type Gate, gatedHook, openGate } from './gate.js'
import { startTraffic, type Traffic } from './traffic.js'

/** The end of a command, and the result that it reported. */
export interface Said {
  readonly code: number | null
  readonly text: string
  readonly claim: Claim
}

/** A running push, or another command over ssh. */
export interface Doing {
  readonly ended: Promise<Said>
  /** Waits for a line of its output. @returns false if it ended without. */
  line(pattern: RegExp): Promise<boolean>
  isOver(): boolean
  /** Kills it with its children, or only its ssh, on the laptop. */
  kill(what: 'all' | 'ssh'): void
}

/** The properties of a version. */
export interface Version {
  readonly mode?: 'auto' | 'hot' | 'swap'
  /** The hook that asks the gate. */
  readonly hook?: string | null
  /** Whether it does not compile. */
  readonly broken?: boolean
  /** The additional duration of its build, in ms. */
  readonly slowMs?: number
  readonly files?: Readonly<Record<string, string | null>>
}

export interface Clone {
  readonly folder: string
  git(...args: string[]): Promise<{ code: number | null; text: string; stdout: string }>
}

/** A server of the lab with one app, its users, and a laptop that pushes. */
export interface World {
  readonly machine: Awaited<ReturnType<typeof createServer>>['machine']
  readonly agent: Agent
  readonly traffic: Traffic
  readonly gate: Gate
  readonly main: Clone
  /** The version of each revision. */
  readonly tags: Map<string, string>
  /** Commits a version. @returns its tag, which its answers show. */
  commit(version: Version, clone?: Clone): Promise<string>
  /** Commits a version that gets every answer from the app's database, as all later ones do. */
  commitWithDatabase(): Promise<string>
  push(clone?: Clone, ...options: string[]): Doing
  /** Runs `gatling ...` over ssh. */
  say(...argv: string[]): Doing
  /** Makes a new clone of the main one as it is now. */
  clone(): Promise<Clone>
  /** Makes another app on the same machine. */
  app(name: string, files: Record<string, string>): Promise<ServerApp>
  /** The address of this host for the machine. */
  readonly hostAddress: string
  /** Resolves when the app answers. */
  answers(timeoutMs?: number): Promise<void>
  /** Calls a function at the end of the world. */
  endWith(end: () => Promise<void>): void
  close(): Promise<void>
}

const host = 'shop.test'

/** Makes a world. @param withOlder offers PostgreSQL 15 for installation, beside Debian's own. */
export const createWorld = async (withOlder = false): Promise<World> => {
  const lab = await createLab()
  const labNumber = basename(dirname(lab.key))
  // A fault uses all inodes, and a smaller disk has fewer.
  const share = withOlder ? { share: await postgres15() } : {}
  const server = await createServer(lab, 'web', { size: '3G', ...share })
  const { machine } = server
  const app = await server.app('shop')
  // Without this task every deploy is faster.
  await app.commit({ 'lib/mix/tasks/phx.digest.ex': null })
  const agent = await createAgent(machine, labNumber)
  const gate = await openGate(lab.hostAddress)
  const tags = new Map<string, string>()
  const gitSsh = ['ssh', ...machine.sshOptions()].join(' ')
  const main: Clone = { folder: app.source, git: app.git }
  const ends: (() => Promise<void>)[] = []
  let versions = 0
  let asksDatabase = false

  const commit = async (version: Version, clone = main): Promise<string> => {
    const tag = `v${++versions}`
    const { mode = 'auto', hook = null, broken = false, slowMs = 0, files = {} } = version
    const settings = mode === 'auto' ? watched : watched.replace('[upgrade]', `[upgrade]\nmode = "${mode}"`)
    const changes = {
      'gatling.toml': settings,
      'upgrade.mjs': hook === null ? null : gatedHook(hook, gate.url),
      'lib/counter.ex': source(tag, broken, slowMs, asksDatabase),
      ...files,
    }
    await write(clone, changes, tag)
    tags.set((await clone.git('rev-parse', 'HEAD')).stdout.trim(), tag)
    return tag
  }

  const push = (clone = main, ...options: string[]): Doing =>
    doing(
      spawn('git', ['push', ...options, 'production', 'HEAD:main'], {
        cwd: clone.folder,
        env: { ...process.env, GIT_SSH_COMMAND: gitSsh },
        detached: true,
      }),
      ({ code, text }) =>
        code === 0
          ? 'deployed'
          : /\[(remote )?rejected\]/.test(text) && !/no longer sees its deploy/.test(text)
            ? 'not deployed'
            : 'nothing',
    )
  const say = (...argv: string[]): Doing =>
    doing(
      spawn('ssh', [...machine.sshOptions(), `gatling@${machine.address}`, ['gatling', ...argv].join(' ')], {
        detached: true,
      }),
      ({ code }) => (code === 0 ? 'deployed' : code === 1 ? 'not deployed' : 'nothing'),
    )

  await commit({})
  const pushed = await push().ended
  if (pushed.code !== 0) throw new Error(pushed.text)
  const traffic = startTraffic(machine.address, host)
  const answers = async (timeoutMs = 60_000): Promise<void> => {
    await until(async () => (await traffic.ask()).tag !== null, 'the app to answer', timeoutMs)
  }
  await answers()

  return {
    machine,
    agent,
    traffic,
    gate,
    main,
    tags,
    commit,
    commitWithDatabase: () => {
      asksDatabase = true
      const { 'lib/counter.ex': _, ...files } = withPostgres()
      return commit({ mode: 'swap', files })
    },
    push,
    say,
    clone: async () => {
      const folder = join(server.folder, `clone-${Math.random().toString(36).slice(2, 8)}`)
      await run(['git', 'clone', '-q', main.folder, folder])
      const git: Clone['git'] = (...args) => run(['git', ...args], { cwd: folder, env: author })
      await git('remote', 'add', 'production', `gatling@${machine.address}:shop`)
      return { folder, git }
    },
    app: server.app,
    hostAddress: lab.hostAddress,
    answers,
    endWith: end => ends.push(end),
    close: async () => {
      for (const end of ends) await end()
      await traffic.stop()
      agent.close()
      gate.close()
      server.close()
      await lab.close()
    },
  }
}

const author = {
  GIT_AUTHOR_NAME: 'Joe',
  GIT_AUTHOR_EMAIL: 'joe@example.com',
  GIT_COMMITTER_NAME: 'Joe',
  GIT_COMMITTER_EMAIL: 'joe@example.com',
}

const source = (
  tag: string,
  broken: boolean,
  slowMs: number,
  asksDatabase: boolean,
): string => `defmodule Counter do
  @greeting ${JSON.stringify(tag)}
  ${slowMs > 0 ? `Process.sleep(${slowMs})` : ''}
  def greeting, do: ${broken ? 'there_is_no_such_function()' : asksDatabase ? 'Counter.Db.ask("SELECT \'#{@greeting}\'")' : '@greeting'}
  def version, do: to_string(Application.spec(:shop, :vsn))
  def revision, do: System.get_env("GATLING_REVISION")
end
`

const write = async (
  { folder, git }: Clone,
  changes: Readonly<Record<string, string | null>>,
  message: string,
): Promise<void> => {
  for (const [path, text] of Object.entries(changes)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    if (text === null) rmSync(file, { force: true })
    else writeFileSync(file, text)
  }
  await git('add', '-A')
  await git('commit', '-q', '--allow-empty', '-m', message)
}

/** The longest duration of any command, in ms. The upgrade of a database takes longest. */
const patienceMs = 300_000

const doing = (child: ChildProcess, claimOf: (said: Omit<Said, 'claim'>) => Claim): Doing => {
  let text = ''
  let over = false
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  const hear = (bytes: Buffer): void => {
    text += String(bytes).replace(/^remote: ?/gm, '')
    tell()
  }
  child.stdin?.on('error', () => {})
  child.stdin?.end()
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  const timer = setTimeout(() => {
    text += `\n(not done in ${patienceMs / 1_000} s)`
    killGroup(child)
  }, patienceMs)
  const ended = new Promise<Said>(resolve => {
    // This is not `close`, because children of a killed process can hold its output.
    child.once('exit', code => {
      setTimeout(() => {
        clearTimeout(timer)
        over = true
        tell()
        resolve({ code, text, claim: claimOf({ code, text }) })
      }, 20)
    })
  })
  return {
    ended,
    isOver: () => over,
    line: pattern =>
      new Promise(resolve => {
        const look = (): void => {
          const found = pattern.test(text)
          if (!found && !over) return
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        look()
      }),
    kill: what => {
      if (what === 'all') killGroup(child)
      else killIn(child, 'ssh')
    },
  }
}

const killGroup = ({ pid }: ChildProcess): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // The process has ended.
  }
}

/** Kills the processes of its group that run a program. */
const killIn = (child: ChildProcess, program: string): void => {
  for (const pid of readdirSync('/proc')
    .map(Number)
    .filter(pid => pid > 1)) {
    try {
      const [, comm, group] = /\((.*)\) \S+ \d+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? []
      if (comm === program && Number(group) === child.pid) process.kill(pid, 'SIGKILL')
    } catch {
      // The process has ended.
    }
  }
}
