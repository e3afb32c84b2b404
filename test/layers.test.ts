import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './helpers/world.js'

interface Import {
  /** Relative to src/. */
  readonly from: string
  /** Relative to src/, or the name of a package. */
  readonly to: string
}

const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
/** Returns the code of a file without its comments. Text in quotes stays. */
const codeOf = (file: string): string =>
  readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

const importing = /^(?:import|export)\s[^'"`;]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm

const imports: readonly Import[] = files.flatMap(from =>
  [...codeOf(from).matchAll(importing)].map(match => {
    const to = match[1] ?? match[2] ?? match[3] ?? ''
    return { from, to: to.startsWith('.') ? relative(src, join(src, dirname(from), to)) : to }
  }),
)

const isIn = (...folders: readonly string[]) => {
  return (path: string): boolean => folders.some(folder => path.startsWith(`${folder}/`))
}
const offences = (from: (file: string) => boolean, isAllowed: (to: string) => boolean): string[] =>
  imports.filter(one => from(one.from) && !isAllowed(one.to)).map(one => `${one.from} imports ${one.to}`)
const using = (pattern: RegExp, isAllowed: (file: string) => boolean): string[] =>
  files.filter(file => !isAllowed(file) && pattern.test(codeOf(file)))

describe('the layers of src', () => {
  it('are read from the imports of the files', () => {
    expect(imports).toContainEqual({ from: 'core/call.ts', to: 'core/env.js' })
    expect(imports).toContainEqual({ from: 'cli/table.ts', to: 'cli/commands/serve.js' })
    expect(imports).toContainEqual({ from: 'hosts/process.ts', to: 'node:child_process' })
    expect(new Set(imports.map(({ from }) => from)).size).toBeGreaterThan(files.length / 2)
  })

  it.each([
    ['core', ['core']],
    ['commands', ['core']],
    ['templates', ['core', 'templates']],
    ['upgrade', ['core', 'upgrade']],
    ['steps', ['core', 'commands', 'steps', 'templates', 'upgrade']],
    ['stacks/phoenix/commands', ['core']],
    ['stacks/phoenix/upgrade', ['core', 'upgrade', 'stacks/phoenix/commands', 'stacks/phoenix/upgrade']],
    [
      'stacks/phoenix/steps',
      [
        'core',
        'commands',
        'templates',
        'upgrade',
        'stacks/phoenix/commands',
        'stacks/phoenix/steps',
        'stacks/phoenix/upgrade',
      ],
    ],
  ])('%s imports nothing but %j', (layer, allowed) => {
    expect(files.some(isIn(layer))).toBe(true)
    expect(offences(isIn(layer), isIn(...allowed))).toEqual([])
  })

  it('commands and templates take only types from core', () => {
    const lines = files
      .filter(isIn('commands', 'templates', 'stacks/phoenix/commands'))
      .flatMap(file => [...codeOf(file).matchAll(/^import .*$/gm)].map(match => match[0]))
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.filter(line => !/^import type | from '\.\/|own-file\.js'/.test(line))).toEqual([])
  })

  const adapters = ['services', 'proxies', 'hooks']

  it.each(adapters)('%s imports no other adapter', layer => {
    const others = adapters.filter(other => other !== layer)
    expect(files.some(isIn(layer))).toBe(true)
    expect(offences(isIn(layer), to => !isIn(...others)(to))).toEqual([])
  })

  it('adapters import nothing that uses them', () => {
    const users = isIn(
      'access',
      'cli',
      'deploy',
      'doctor',
      'housekeeping',
      'keeper',
      'push',
      'runs',
      'runtimes',
      'server',
      'steps',
      'stacks',
      'upgrade',
    )
    expect(offences(isIn('hosts', 'state', 'config', ...adapters), to => !users(to))).toEqual([])
  })

  it('metrics imports nothing that shows them, and only the log of the proxies', () => {
    const allowed = isIn('core', 'hosts', 'metrics', 'state')
    expect(files.some(isIn('metrics'))).toBe(true)
    expect(
      offences(
        isIn('metrics'),
        to => allowed(to) || to === 'valibot' || to.startsWith('node:') || to === 'proxies/nginx-log.js',
      ),
    ).toEqual([])
  })

  it('fleet imports nothing that uses it', () => {
    const users = isIn(
      ...['cli', 'dashboard', 'deploy', 'doctor', 'housekeeping', 'keeper', 'push', 'queries', 'runs'],
      ...['runtimes', 'stacks', 'steps', 'upgrade'],
    )
    expect(files.some(isIn('fleet'))).toBe(true)
    expect(offences(isIn('fleet'), to => !users(to))).toEqual([])
  })

  it('doctor looks at a server without the adapters', () => {
    const others = isIn(
      'cli',
      'deploy',
      'housekeeping',
      'push',
      'proxies',
      'runs',
      'services',
      'hooks',
      'steps',
      'templates',
      'upgrade',
      'stacks/phoenix/engine',
      'stacks/phoenix/steps',
      'stacks/phoenix/upgrade',
    )
    const looks = isIn('doctor', 'stacks/phoenix/doctor')
    expect(files.some(isIn('doctor'))).toBe(true)
    expect(files.some(isIn('stacks/phoenix/doctor'))).toBe(true)
    expect(offences(looks, to => !others(to))).toEqual([])
  })

  it('the hot upgrade engine imports only commands, core and hosts', () => {
    const others = isIn(
      'access',
      'config',
      'deploy',
      'doctor',
      'housekeeping',
      'push',
      'runs',
      'runtimes',
      'server',
      'state',
      'templates',
      'upgrade',
    )
    expect(files.some(isIn('stacks/phoenix/engine'))).toBe(true)
    expect(offences(isIn('stacks/phoenix/engine'), to => !others(to))).toEqual([])
  })

  it('only hosts and the bash function of hooks start programs', () => {
    const starts = imports.filter(({ to }) => to === 'node:child_process').map(({ from }) => from)
    expect(starts.length).toBeGreaterThan(0)
    expect(starts.filter(from => !isIn('hosts')(from) && from !== 'hooks/tools.ts')).toEqual([])
  })

  it('only the command line exits, reads arguments and prints', () => {
    const may = (file: string): boolean => isIn('cli')(file) || file === 'hooks/typescript-child.ts'
    expect(using(/\bprocess\.(exit|exitCode|argv)\b|\bconsole\./, may)).toEqual([])
  })

  it('nothing but the command line imports the command line', () => {
    expect(
      offences(
        file => !isIn('cli')(file),
        to => !isIn('cli')(to),
      ),
    ).toEqual([])
  })

  it('the page gets all its facts from commands', () => {
    expect(files.some(isIn('dashboard'))).toBe(true)
    const inSource = (to: string): boolean => files.includes(to.replace(/\.js$/, '.ts'))
    expect(
      offences(isIn('dashboard'), to => !inSource(to) || isIn('core', 'hosts', 'dashboard')(to)),
    ).toEqual([])
  })

  it('queries print nothing, and only the command line imports them', () => {
    expect(files.some(isIn('queries'))).toBe(true)
    expect(
      offences(
        file => !isIn('cli', 'queries')(file),
        to => !isIn('queries')(to),
      ),
    ).toEqual([])
    expect(
      using(/\bprocess\.(stdout|stderr)\b|\bwrite\w*\(|picocolors/, file => !isIn('queries')(file)),
    ).toEqual([])
  })

  it('no file imports itself, even through other files', () => {
    const next = new Map(files.map(file => [file, [] as string[]]))
    for (const { from, to } of imports) next.get(from)?.push(to.replace(/\.js$/, '.ts'))
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' > '))
      if (done.has(file) || path.includes(file)) return
      for (const to of next.get(file) ?? []) visit(to, [...path, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
    expect(circles).toEqual([])
  })

  it('no file of src or erlang has over 300 lines', () => {
    const isTable = (path: string): boolean => path === 'src/cli/table.ts'
    const linesOf = (path: string): number =>
      readFileSync(join(root, path), 'utf8').trimEnd().split('\n').length
    const paths = ['src', 'erlang'].flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter(name => /\.(ts|erl)$/.test(name))
        .map(name => join(folder, name)),
    )
    expect(paths).toContain('erlang/gatling_node.erl')
    expect(paths.filter(path => linesOf(path) > 300 && !isTable(path))).toEqual([])
  })

  it('the process that watches a push loads no stack and no adapter', () => {
    const loaded = new Set(['cli/commands/receive.ts'])
    for (const file of loaded)
      for (const { from, to } of imports) if (from === file) loaded.add(to.replace(/\.js$/, '.ts'))
    expect(loaded).toContain('runtimes/keeper.ts')
    expect([...loaded].filter(isIn('stacks', 'services', 'proxies'))).toEqual([])
  })

  it('no timer calls an async function, whose failure would end the process', () => {
    expect(using(/\bset(Interval|Timeout|Immediate)\(\s*async\b/, () => false)).toEqual([])
  })

  it('no module keeps state', () => {
    expect(using(/^(export )?(let|var) /m, file => file === 'hooks/typescript-child.ts')).toEqual([])
  })
})
