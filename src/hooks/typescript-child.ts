/** The process that runs an app's TypeScript or JavaScript hooks. Its parent is `typescript.ts`. */
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'
import type { Env } from '../core/env.js'
import { markOutput } from '../hosts/marked-output.js'
import { readOnly } from './read-only.js'
import { bash, log } from './tools.js'

type HookLike = (env: Env, tools: { bash: typeof bash; log: typeof log }) => unknown
type Request =
  | { readonly load: string; readonly cacheDir: string }
  | { readonly call: string; readonly env: Env }

let hooks: Readonly<Record<string, unknown>> = {}

const load = async (file: string, cacheDir: string): Promise<object> => {
  const index = fileURLToPath(new URL('../index.js', import.meta.url))
  // The second name is that of version 0.1.
  const alias = { 'gatling-deploy': index, gatling: index }
  const jiti = createJiti(import.meta.url, { fsCache: cacheDir, sourceMaps: true, alias })
  const exported = fieldsOf(await jiti.import(file))
  hooks = { ...exported, ...fieldsOf(exported['default'] ?? {}) }
  const functions = Object.entries(hooks).flatMap(([name, value]) =>
    typeof value === 'function' ? [{ name, arity: value.length }] : [],
  )
  return { kind: 'loaded', functions }
}

/**
 * Returns the fields of an export.
 * @throws Error for a value whose fields do not show all functions, such as an instance of a class.
 */
const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => {
  if (typeof value === 'object' && value !== null && isPlain(value)) return { ...value }
  throw new Error(
    'it exports a class, an instance of a class or a function as a whole: export each hook by its name, or a plain object of hooks',
  )
}

const isPlain = (value: object): boolean =>
  value[Symbol.toStringTag as keyof object] === 'Module' ||
  [Object.prototype, null].includes(Object.getPrototypeOf(value))

const run = async (name: string, env: Env): Promise<object> => {
  await (hooks[name] as HookLike)(readOnly(env, 'env'), { bash, log })
  return { kind: 'ok' }
}

const describe = (error: unknown): string =>
  error instanceof Error ? withoutOurFrames(error.stack ?? error.message) : `threw ${String(error)}`

const withoutOurFrames = (stack: string): string =>
  stack
    .split('\n')
    .filter(line => !/typescript-child\.|node:internal|node_modules\/jiti/.test(line))
    .join('\n')

process.on('message', (request: Request) => {
  const work = 'load' in request ? load(request.load, request.cacheDir) : run(request.call, request.env)
  work
    .catch((error: unknown) => ({ kind: 'threw', stack: describe(error) }))
    .then(reply => {
      markOutput()
      process.send?.(reply)
    })
})
