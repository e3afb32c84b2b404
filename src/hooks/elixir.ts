import { dirname, parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Env } from '../core/env.js'
import type { HookFunction } from '../core/hook.js'
import { markedOutput } from '../hosts/marked-output.js'
import { packet } from '../hosts/packet.js'
import { spawnGroup } from '../hosts/process.js'
import { encodeTerm, type Term } from './etf.js'
import type { HookLanguage, HookReply } from './hook-process.js'

const script = fileURLToPath(new URL('../../elixir/hook_host.exs', import.meta.url))

/** Runs the hooks of a file in one long-lived VM. */
const start: HookLanguage['start'] = ({ file, environment, onLine }) => {
  const output = markedOutput(onLine)
  const group = spawnGroup({
    argv: ['elixir', script],
    cwd: dirname(file),
    env: environment,
    onLine: output.onLine,
    channels: ['pipe', 'pipe'],
  })
  const [, , , requests, replies] = group.child.stdio
  if (!requests || !('write' in requests) || !replies || !('read' in replies))
    throw new Error('no pipes to elixir')
  requests.on('error', () => {})
  const reader = packetReader()
  replies.on('data', (bytes: Buffer) => reader.push(bytes))

  const ask = async (message: Term): Promise<string | HookReply> => {
    const reply = Promise.all([reader.next(), output.heard()])
    requests.write(packet(encodeTerm(message)))
    return Promise.race([
      reply.then(([answer]) => answer),
      group.ended.then((ending): HookReply => ({ kind: 'exited', ending })),
    ])
  }

  return {
    load: async () => {
      const reply = await ask({ load: file })
      if (typeof reply !== 'string') return reply.kind === 'ok' ? [] : reply
      const [kind, ...rest] = reply.split('\n')
      return kind === 'loaded' ? rest.map(parseFunction) : { kind: 'threw', stack: rest.join('\n') }
    },
    call: async (name, env) => {
      const reply = await ask({ call: name, callbacks: parse(file).name, env: plain(env) })
      if (typeof reply !== 'string') return reply
      return reply === 'ok' ? { kind: 'ok' } : { kind: 'threw', stack: reply.slice(reply.indexOf('\n') + 1) }
    },
    stop: async () => {
      group.sweep()
      await group.ended
    },
  }
}

export const elixirHooks: HookLanguage = {
  endings: ['exs', 'ex'],
  arities: [1],
  prose: /"""[\s\S]*?"""|'''[\s\S]*?'''|#.*/g,
  howTo: hook => `Define it with def ${hook}(env), in a module; defp and defmacro define no hook.`,
  moduleIn: text => /^\s*defmodule\s+([\w.]+)/m.exec(text)?.[1] ?? null,
  start,
}

const plain = (env: Env): Term => JSON.parse(JSON.stringify(env)) as Term

const parseFunction = (line: string): HookFunction => {
  const slash = line.lastIndexOf('/')
  return { name: line.slice(0, slash), arity: Number(line.slice(slash + 1)) }
}

const packetReader = () => {
  let bytes: Buffer = Buffer.alloc(0)
  let waiting: ((text: string) => void) | null = null
  const deliver = (): void => {
    if (!waiting || bytes.length < 4) return
    const end = 4 + bytes.readUInt32BE()
    if (bytes.length < end) return
    const text = bytes.toString('utf8', 4, end)
    bytes = bytes.subarray(end)
    const resolve = waiting
    waiting = null
    resolve(text)
  }
  return {
    push: (more: Buffer): void => {
      bytes = Buffer.concat([bytes, more])
      deliver()
    },
    next: (): Promise<string> =>
      new Promise(resolve => {
        waiting = resolve
        deliver()
      }),
  }
}
