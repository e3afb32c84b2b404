import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sharedGatling } from './gatling.js'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const bin = join(root, 'bin', 'gatling.js')

export interface Output {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Both, in the order in which they came. */
  readonly text: string
}

/** Runs a program to its end. */
export const run = (
  argv: readonly [string, ...string[]],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<Output> => {
  const [program, ...args] = argv
  const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, ...options.env } })
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  return collect(child)
}

/** Runs a program that must succeed. Returns what it printed. */
export const must = async (
  argv: readonly [string, ...string[]],
  options: Parameters<typeof run>[1] = {},
): Promise<string> => {
  const { code, stdout, text } = await run(argv, options)
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${text}`)
  return stdout
}

export const collect = (child: ChildProcess): Promise<Output> => {
  let stdout = ''
  let stderr = ''
  let text = ''
  child.stdout?.on('data', (bytes: Buffer) => {
    stdout += bytes
    text += bytes
  })
  child.stderr?.on('data', (bytes: Buffer) => {
    stderr += bytes
    text += bytes
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code, stdout, stderr, text }))
  })
}

/** Polls until `look` returns something. */
export const until = async <Value>(
  look: () => Value | Promise<Value>,
  what: string,
  timeoutMs = 120_000,
): Promise<NonNullable<Value>> => {
  const deadline = Date.now() + timeoutMs
  while (Date.now() < deadline) {
    const found = await look()
    if (found) return found
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`)
}

/** Tells whether a process has ended, even as a zombie that nobody has waited for. */
export const isGone = (pid: number): boolean => {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return true
  }
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/** Sends a GET with a Host header. */
export const get = (port: number, host: string, path: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', text => {
        body += text
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    outgoing.once('error', reject)
    outgoing.end()
  })

/** Many nodes share the processors: none must spin while it waits, or wake a thread for each file (erl(1)). */
export const calmVm = { 'rel/vm.args.eex': '+sbwt none\n+sbwtdcpu none\n+sbwtdio none\n+SDio 1\n' }

/**
 * Loads modules when they are called (code(3), interactive mode), so that an app boots in half the processor time. It is
 * for tests that are not about what a hot upgrade does to a node.
 */
export const lazyVm = { 'rel/env.sh.eex': 'export RELEASE_MODE=interactive\n' }

/** A gatling.toml for tests that are not about the watch: one look after the switch, and no comparison of the way back. */
export const unwatched = '[health]\nwatch = "0s"\n\n[upgrade]\nwatch = "0s"\n'

export type World = Awaited<ReturnType<typeof createWorld>>

/** Makes a separate GATLING_HOME, with a real `gatling serve`. */
export const createWorld = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatling-test-'))
  const home = join(folder, 'home')
  const env = { GATLING_HOME: home, NO_COLOR: '1' }
  let server: ChildProcess | null = null

  const cli = (...args: string[]): Promise<Output> =>
    sharedGatling(args, { env, cwd: folder }) ?? run([process.execPath, bin, ...args], { env, cwd: folder })
  const json = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).stdout)
  const serving = () =>
    JSON.parse(readFileSync(join(home, 'serve.json'), 'utf8')) as { port: number; owner: { pid: number } }

  const serve = async (): Promise<void> => {
    rmSync(join(home, 'serve.json'), { force: true })
    server = spawn(process.execPath, [bin, 'serve', '--port', '0'], {
      env: { ...process.env, ...env },
      stdio: process.env['SHOW_SERVE'] ? 'inherit' : 'ignore',
    })
    await until(() => existsSync(join(home, 'serve.json')), 'gatling serve')
  }
  /** Ends `gatling serve`. */
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const child = server
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    await new Promise<void>(resolve => {
      child.once('exit', () => resolve())
      child.kill(signal)
    })
  }

  /** Makes an app's repository from an example, and loads its project. */
  const app = async (example: string, name = example, files: Record<string, string> = {}) => {
    const source = join(folder, name)
    cpSync(join(root, 'examples', example), source, { recursive: true })
    rmSync(join(source, 'upgrade.exs'), { force: true })
    rmSync(join(source, 'deploy.exs'), { force: true })
    return repository(source, name, { 'gatling.toml': unwatched, ...calmVm, ...files })
  }

  /** Makes a repository of these files alone, and loads its project. */
  const repository = async (source: string, name: string, files: Record<string, string> = {}) => {
    mkdirSync(source, { recursive: true })
    const git = (...args: string[]) => run(['git', ...args], { cwd: source, env: { ...env, ...author } })
    await git('init', '-q', '-b', 'main')
    const loaded = (await json('load', name)) as { repository: string }
    await git('remote', 'add', 'production', loaded.repository)

    const write = (changes: Record<string, string | null>): void => {
      for (const [path, text] of Object.entries(changes)) {
        mkdirSync(dirname(join(source, path)), { recursive: true })
        if (text === null) rmSync(join(source, path), { force: true })
        else writeFileSync(join(source, path), text)
      }
    }
    const commit = async (changes: Record<string, string | null>, message = 'A change'): Promise<string> => {
      write(changes)
      await git('add', '-A')
      await git('commit', '-q', '--allow-empty', '-m', message)
      return (await git('rev-parse', 'HEAD')).stdout.trim()
    }
    const push = async (ref = 'main', ...options: string[]): Promise<Output> => {
      const output = await git('push', ...options, 'production', ref)
      const unprefix = (text: string) => text.replace(/^remote: ?/gm, '').replace(/ +$/gm, '')
      return { ...output, stderr: unprefix(output.stderr), text: unprefix(output.text) }
    }
    await commit(files, 'First version')
    return {
      name,
      source,
      git,
      write,
      commit,
      push,
      repository: loaded.repository,
      dir: dirname(loaded.repository),
      read: (path: string) => readFileSync(join(source, path), 'utf8'),
      get: (path: string) => get(serving().port, `${name.replaceAll('_', '-')}.localhost`, path),
      /** Goes back to the last version that works. */
      undo: async () => {
        await git('reset', '-q', '--hard', 'HEAD~1')
      },
    }
  }

  return {
    folder,
    home,
    env,
    cli,
    json,
    serve,
    stop,
    serving,
    app,
    repository,
    spawnCli: (...args: string[]) =>
      spawn(process.execPath, [bin, ...args], { env: { ...process.env, ...env }, cwd: folder }),
    close: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

export type App = Awaited<ReturnType<World['app']>>

const author = {
  GIT_AUTHOR_NAME: 'Jane',
  GIT_AUTHOR_EMAIL: 'jane@example.com',
  GIT_COMMITTER_NAME: 'Jane',
  GIT_COMMITTER_EMAIL: 'jane@example.com',
}
