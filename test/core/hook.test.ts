import { describe, expect, it } from 'vitest'
import {
  type HookFunction,
  hookNames,
  recogniseHooks,
  refuseHidden,
  toSnakeCase,
} from '../../src/core/hook.js'
import { elixirHooks } from '../../src/hooks/elixir.js'
import { typescriptHooks } from '../../src/hooks/typescript.js'
import { lists as phoenix } from '../../src/stacks/phoenix/lists.js'
import { failureOf } from '../helpers/failure.js'

const allowed = hookNames([{ name: 'mix_compile' }, { name: 'upgrade_service' }])
const elsewhere = hookNames([{ name: 'start_service' }])

const recognise = (...functions: readonly HookFunction[]): Map<string, string> =>
  recogniseHooks('upgrade.ts', functions, allowed, elsewhere, [0, 1])
const takesEnv = (name: string): HookFunction => ({ name, arity: 1 })

describe('the hooks of a file', () => {
  it('are its functions that are named after steps', () => {
    expect(recognise(takesEnv('before_mix_compile'), { name: 'after_upgrade_service', arity: 0 })).toEqual(
      new Map([
        ['before_mix_compile', 'before_mix_compile'],
        ['after_upgrade_service', 'after_upgrade_service'],
      ]),
    )
  })

  it('can be written in camelCase', () => {
    expect(recognise(takesEnv('beforeMixCompile'))).toEqual(
      new Map([['before_mix_compile', 'beforeMixCompile']]),
    )
  })

  it('are not its other functions', () => {
    const helpers = [
      'compile',
      'beforehand',
      'aftermath',
      'do_before_mix_compile',
      'before',
      '__info__',
      'on_call',
      'online',
      'finally_done',
    ]
    expect(recognise(...helpers.map(name => ({ name, arity: 3 })))).toEqual(new Map())
  })

  it.each([
    ['before_mix_complie', 'before_mix_compile'],
    ['afterUpgradeServise', 'after_upgrade_service'],
    ['on_eror', 'on_error'],
    ['onErrorMixCompil', 'on_error_mix_compile'],
  ])('are refused when misspelt, with a suggestion: %s', async (name, meant) => {
    const error = await failureOf(() => recognise(takesEnv(name)))
    expect(error.code).toBe('HOOK_MISSPELT')
    expect(error.message).toBe(
      `upgrade.ts defines ${name}, but there is no such step; did you mean ${meant}?`,
    )
  })

  it('are refused without a suggestion when no name is near', async () => {
    const error = await failureOf(() => recognise(takesEnv('before_we_go_home')))
    expect(error.code).toBe('HOOK_MISSPELT')
    expect(error.message).not.toContain('did you mean')
  })

  it('are refused in the file of another task', async () => {
    const error = await failureOf(() => recognise(takesEnv('before_start_service')))
    expect(error.code).toBe('HOOK_WRONG_TASK')
    expect(error.message).toContain('before_start_service')
  })

  it('are refused when one is there in two spellings', async () => {
    const error = await failureOf(() =>
      recognise(takesEnv('before_mix_compile'), takesEnv('beforeMixCompile')),
    )
    expect(error.code).toBe('HOOK_TWICE')
    expect(error.message).toContain('both before_mix_compile and beforeMixCompile')
  })

  it('are refused with the wrong number of arguments', async () => {
    const error = await failureOf(() => recognise({ name: 'before_mix_compile', arity: 2 }))
    expect(error.code).toBe('HOOK_ARITY')
    expect(error.message).toContain('before_mix_compile/2')
  })

  it('can be defined with several arities', () => {
    expect(recognise({ name: 'before_mix_compile', arity: 0 }, takesEnv('before_mix_compile')).size).toBe(1)
  })

  it('are three for each step and two for the end, also in camelCase', () => {
    const names = hookNames([...phoenix.deploy, ...phoenix.upgrade, ...phoenix.unload])
    expect(names).toContain('before_mix_compile')
    expect(names).toContain('after_finish_unload')
    for (const name of names) {
      expect(name).toMatch(/^((before|after|on_error)(_[a-z]+)+|on_error|finally)$/)
      expect(toSnakeCase(name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))).toBe(name)
    }
  })
})

describe('a hook that would never run', () => {
  const refused = (file: string, text: string, found: readonly string[], known: readonly string[]): void => {
    const { prose, howTo } = file === 'upgrade.ts' ? typescriptHooks : elixirHooks
    refuseHidden(file, text.replace(prose, ''), found, known, howTo)
  }
  const refuse = (file: string, text: string, found: readonly string[] = []) =>
    failureOf(() => refused(file, text, found, [...allowed, ...elsewhere]))

  it.each([
    'class Hooks {\n  before_mix_compile(env) {}\n}\nexport default new Hooks()',
    'class Hooks {\n  static async beforeMixCompile(env) {}\n}',
    'export default class { static before_mix_compile = () => {} }',
    'export const hooks = {\n  before_mix_compile: async env => {},\n}',
    'async function before_mix_compile(env) {}\nexport const after_mix_compile = () => {}',
    'const beforeMixCompile = env => {}',
    "export const before_mix_compile = 'npm ci'",
    'module.exports = { hooks: { before_mix_compile() {} } }',
    'function* before_start_service() {}',
  ])('is refused in JavaScript: %s', async text => {
    const error = await refuse('upgrade.ts', text, ['after_mix_compile'])
    expect(error.code).toBe('HOOK_HIDDEN')
    expect(error.message).toMatch(/^upgrade\.ts defines (before_\w+|beforeMixCompile), but not as a hook/)
    expect(error.hint).toContain('Export it as a function')
  })

  it.each([
    'defmodule A do\n  defp before_mix_compile(env), do: env\nend',
    'defmodule A do\n  defp before_mix_compile env do\n    env\n  end\nend',
    'defmodule A do\n  defmacro before_mix_compile(env), do: env\nend',
  ])('is refused in Elixir: %s', async text => {
    const error = await refuse('upgrade.exs', text)
    expect(error.code).toBe('HOOK_HIDDEN')
    expect(error.hint).toContain('Define it with def before_mix_compile(env)')
  })

  it.each([
    ['upgrade.ts', '// before_mix_compile(env) {},\n/*\n  before_mix_compile() {}\n*/\nexport default {}'],
    ['upgrade.ts', 'const text = `\n  before_mix_compile: of old\n`'],
    ['upgrade.ts', "log('before_mix_compile'); fetch(url, { onError: stop }).finally(() => {})"],
    ['upgrade.ts', 'if (env.before_mix_compile === 1) throw done\nbefore_mix_compiled(1)'],
    ['upgrade.exs', '# def before_mix_compile(env), do: nil\n@doc """\n  before_mix_compile(env)\n"""'],
    ['upgrade.exs', 'def on_call(env), do: {:before_mix_compile, env}'],
  ])('is not a name that %s only mentions: %s', (file, text) => {
    refused(file, text, [], allowed)
  })

  it('is not a hook that was found, in either spelling', () => {
    const text =
      'const before_mix_compile = () => {}\nexport default { beforeMixCompile: before_mix_compile }'
    refused('upgrade.ts', text, ['before_mix_compile'], allowed)
  })
})
