import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { markedOutput } from '../hosts/marked-output.js'
import { spawnGroup } from '../hosts/process.js'
import type { HookLanguage, HookReply } from './hook-process.js'

// The path goes through dist/, so that it is also right from src/, where the tests run.
const script = fileURLToPath(new URL('../../dist/hooks/typescript-child.js', import.meta.url))

/** A message of the child. The child runs the app's code, so its messages are not trusted. */
const messageSchema = v.variant('kind', [
  v.object({
    kind: v.literal('loaded'),
    functions: v.array(v.object({ name: v.string(), arity: v.number() })),
  }),
  v.object({ kind: v.literal('ok') }),
  v.object({ kind: v.literal('threw'), stack: v.string() }),
])
type Message = v.InferOutput<typeof messageSchema>

/** Runs the hooks of a file in one long-lived node process. */
const start: HookLanguage['start'] = ({ file, environment, cacheDir, onLine }) => {
  const output = markedOutput(onLine)
  const group = spawnGroup({
    argv: [process.execPath, '--enable-source-maps', script],
    cwd: dirname(file),
    env: environment,
    onLine: output.onLine,
    channels: ['ipc'],
  })

  const ask = async (request: object): Promise<Message | Exclude<HookReply, { kind: 'ok' }>> => {
    const answer = new Promise<Message>(resolve => {
      group.child.once('message', message => {
        const parsed = v.safeParse(messageSchema, message)
        resolve(parsed.success ? parsed.output : { kind: 'threw', stack: 'it answered something unforeseen' })
      })
    })
    const reply = Promise.all([answer, output.heard()])
    if (group.child.connected) group.child.send(request, () => {})
    return Promise.race([
      reply.then(([message]) => message),
      group.ended.then(ending => ({ kind: 'exited', ending }) as const),
    ])
  }

  return {
    load: async () => {
      const reply = await ask({ load: file, cacheDir })
      if (reply.kind === 'loaded') return reply.functions
      return reply.kind === 'ok' ? [] : reply
    },
    call: async (name, env) => {
      const reply = await ask({ call: name, env })
      return reply.kind === 'loaded' ? { kind: 'ok' } : reply
    },
    stop: async () => {
      group.sweep()
      await group.ended
    },
  }
}

export const typescriptHooks: HookLanguage = {
  endings: ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'],
  arities: [0, 1, 2],
  prose: /\/\*[\s\S]*?\*\/|\/\/.*|`[^`]*`/g,
  howTo: () =>
    'Export it as a function, by its name or in the object that is the default export. A class, or an object inside that object, defines no hook.',
  moduleIn: () => null,
  start,
}
