import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, it } from 'vitest'
import { cacheRoot } from '../helpers/cache.js'
import { root } from '../helpers/world.js'
import type { Pair } from './pair.js'
import { testPairs } from './run.js'
import { mark, type Said } from './say-results.js'

const lab = fileURLToPath(new URL('../server/lab.sh', import.meta.url))

/**
 * Tests pairs in a Debian 13 on its Erlang. Each test here reports how the same test of this file ended in there.
 * @param file The file that calls this, relative to the repository.
 */
export const testPairsOnDebian13 = (file: string, pairs: readonly Pair[]): void => {
  if (process.env['GATLING_IN_DEBIAN_13']) testPairs(pairs)
  else testInside(file, pairs)
}

const testInside = (file: string, pairs: readonly Pair[]): void => {
  let inside: ReturnType<typeof runInside> | null = null
  afterAll(() => inside?.close())
  it.for(pairs)('$name: $about', async (_, { task }) => {
    const chosen = task.file.tasks.filter(({ mode }) => mode === 'run').map(({ name }) => name)
    inside ??= runInside(file, chosen)
    const errors = await inside.errorsOf(task.name)
    if (errors.length > 0) throw new Error(errors.join('\n'))
  })
}

/** Runs tests of a file in Debian 13, and collects how each one ended. */
const runInside = (file: string, names: readonly string[]) => {
  const child = startInside(file, names)
  const results = new Map(names.map(name => [name, later<readonly string[]>()]))
  const lines: string[] = []
  const hear = (line: string): void => {
    if (!line.startsWith(mark)) return void lines.push(line)
    const { name, errors } = JSON.parse(line.slice(mark.length)) as Said
    results.get(name)?.resolve(errors)
  }
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', hear)
  const closed = new Promise<void>(resolve => child.once('close', () => resolve()))
  void closed.then(() => {
    for (const { resolve } of results.values()) resolve(['It was not run in there:', ...lines])
  })
  return {
    errorsOf: (name: string): Promise<readonly string[]> =>
      results.get(name)?.promise ?? Promise.resolve([`${name} is no test in there`]),
    close: async (): Promise<void> => {
      child.kill('SIGTERM')
      await closed
    },
  }
}

const startInside = (file: string, names: readonly string[]): ChildProcess => {
  mkdirSync(cacheRoot, { recursive: true })
  const environment = {
    GATLING_IN_DEBIAN_13: basename(file),
    GATLING_TEST_CACHE: cacheRoot,
    TMPDIR: tmpdir(),
    ERL_FLAGS: process.env['ERL_FLAGS'] ?? '',
    NO_COLOR: '1',
    HOME: '/root',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
  }
  const vitest = ['node', join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', file, '--maxWorkers=1']
  const only = `^(${names.map(name => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})$`
  return spawn(
    'bash',
    [
      lab,
      'in',
      'trixie',
      [root, tmpdir(), cacheRoot].join(':'),
      'env',
      '-i',
      ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      ...vitest,
      '--reporter=./test/corpus/say-results.ts',
      '-t',
      only,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
}

const later = <Value>() => {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>(done => {
    resolve = done
  })
  return { promise, resolve }
}
