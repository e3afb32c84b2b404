import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { WebSocket } from 'ws'
import { calmVm, type Output, root, run, until, unwatched } from '../helpers/world.js'
import type { Lab, Machine, MachineOptions } from './machine.js'

export type Server = Awaited<ReturnType<typeof createServer>>
export type ServerApp = Awaited<ReturnType<Server['app']>>

/** The person who commits on the laptop. */
export const author = {
  GIT_AUTHOR_NAME: 'Jane',
  GIT_AUTHOR_EMAIL: 'jane@example.com',
  GIT_COMMITTER_NAME: 'Jane',
  GIT_COMMITTER_EMAIL: 'jane@example.com',
}

const drain = '\n[drain]\ntimeout = "5s"\n'
/** Settings for tests that are not about the watch. */
export const quick = `${unwatched}${drain}`
/** Settings for tests of the switch itself. */
export const watched = `[health]\nwatch = "200ms"\n\n[upgrade]\nwatch = "300ms"\n${drain}`

/** Makes a machine, and makes it a server by `gatling setup`. Root's key has all rights. */
export const createServer = async (lab: Lab, name: string, options: MachineOptions = {}) => {
  const machine = await lab.machine(name, options)
  await machine.sh('NO_COLOR=1 gatling setup', { timeoutMs: 400_000 })
  return serverOn(machine)
}

/** Returns what a laptop can do with a server. */
export const serverOn = (machine: Machine) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-laptop-'))
  const gitSsh = (key?: string): string => ['ssh', ...machine.sshOptions(key)].join(' ')

  /** Runs `gatling` over ssh with a key. */
  const over = (argv: readonly string[], options: { key?: string; input?: string } = {}): Promise<Output> =>
    run(
      [
        'ssh',
        ...machine.sshOptions(options.key),
        `gatling@${machine.address}`,
        ['gatling', ...argv.map(word => `'${word.replaceAll("'", `'\\''`)}'`)].join(' '),
      ],
      { input: options.input ?? '' },
    )
  /** Runs any command line over ssh. */
  const ssh = (command: string, key?: string, ...options: string[]): Promise<Output> =>
    run([
      'ssh',
      ...machine.sshOptions(key),
      ...options,
      `gatling@${machine.address}`,
      ...(command === '' ? [] : [command]),
    ])

  /** Makes a repository from an example, with the server as its remote `production`. */
  const app = async (name: string, files: Record<string, string> = {}, key?: string, example = 'counter') => {
    const source = join(folder, `${name}-${Math.random().toString(36).slice(2, 6)}`)
    cpSync(join(root, 'examples', example), source, { recursive: true })
    for (const file of ['upgrade.exs', 'deploy.exs']) rmSync(join(source, file), { force: true })
    const git = (...args: string[]): Promise<Output> =>
      run(['git', ...args], { cwd: source, env: { ...author, GIT_SSH_COMMAND: gitSsh(key) } })
    const commit = async (changes: Record<string, string | null>, message = 'A change'): Promise<void> => {
      for (const [path, text] of Object.entries(changes)) {
        mkdirSync(dirname(join(source, path)), { recursive: true })
        if (text === null) rmSync(join(source, path), { force: true })
        else writeFileSync(join(source, path), text)
      }
      await git('add', '-A')
      await git('commit', '-q', '--allow-empty', '-m', message)
    }
    const push = async (...options: string[]): Promise<Output> => {
      const output = await git('push', ...options, 'production', 'main')
      return { ...output, text: output.text.replace(/^remote: ?/gm, '').replace(/ +$/gm, '') }
    }
    renameApp(source, name)
    await git('init', '-q', '-b', 'main')
    await git('remote', 'add', 'production', `gatling@${machine.address}:${name}`)
    const settings = { 'gatling.toml': quick, domains: `${name}.test\n`, ...calmVm }
    await commit({ ...settings, ...files }, 'First version')
    return { name, source, git, commit, push, greet: (text: string) => commit(greeting(name, text)) }
  }

  return {
    machine,
    folder,
    over,
    ssh,
    app,
    /** Sends a GET through nginx. */
    get: (host: string, path = '/version') => ask(machine.address, host, path),
    version: async (host: string): Promise<{ greeting: string; os_pid: number; revision: string }> =>
      JSON.parse((await ask(machine.address, host, '/version')).body),
    /** Makes a key pair. @returns its private key's path. */
    newKey: async (name: string): Promise<string> => {
      const path = join(folder, name)
      await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path])
      return path
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Renames the app in the example's files. */
const renameApp = (folder: string, name: string): void => {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(ex|exs)$/.test(file)) continue
    const path = join(folder, file)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/:counter\b/g, `:${name}`))
  }
}

const greeting = (name: string, text: string): Record<string, string> => ({
  'lib/counter.ex': `defmodule Counter do
  @greeting ${JSON.stringify(text)}
  def greeting, do: @greeting
  def version, do: to_string(Application.spec(:${name}, :vsn))
  def revision, do: System.get_env("GATLING_REVISION")
end
`,
})

export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: NodeJS.Dict<string | string[]>
}

const ask = (address: string, host: string, path: string, agent: Agent | false = false): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      { host: address, port: 80, path, headers: { host }, agent, timeout: 20_000 },
      response => {
        let body = ''
        response.setEncoding('utf8').on('data', text => {
          body += text
        })
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
        )
      },
    )
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in 20 s')))
    outgoing.once('error', reject)
    outgoing.end()
  })

/** Starts clients that keep their connections and repeat no request, until `end`. */
export const load = (address: string, host: string, clients = 8) => {
  let going = true
  const done = { requests: 0, failures: [] as string[] }
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (going) {
      try {
        const { status, body } = await ask(address, host, '/version', agent)
        if (status !== 200) done.failures.push(`${status} ${body.slice(0, 80)}`)
      } catch (error) {
        done.failures.push(String(error))
      }
      done.requests++
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    agent.destroy()
  }
  const all = Promise.all(Array.from({ length: clients }, client))
  return {
    end: async () => {
      going = false
      await all
      return done
    },
  }
}

/** Opens the counter's WebSocket, as a page does. */
export const page = async (address: string, host: string) => {
  const socket = new WebSocket(`ws://${address}/socket`, { headers: { host }, origin: `http://${host}` })
  const seen: string[] = []
  let closed: number | null = null
  socket.on('message', data => seen.push(String(data)))
  socket.on('close', code => {
    closed = code
  })
  socket.on('error', () => {})
  await until(() => seen.length > 0 || closed !== null, 'the page to show the count')
  return {
    last: () => seen.at(-1) ?? '',
    send: (text: string) => socket.send(text),
    closed: () => closed,
    end: () => socket.terminate(),
  }
}
