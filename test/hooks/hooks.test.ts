import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Env, Task } from '../../src/core/env.js'
import type { EventBody } from '../../src/core/event.js'
import type { Hooks } from '../../src/core/hook.js'
import { findHookFile } from '../../src/hooks/files.js'
import { loadHooks } from '../../src/hooks/load.js'
import { lists as phoenix } from '../../src/stacks/phoenix/lists.js'
import { hookFile } from '../../src/templates/hook-file.js'
import { env } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { isGone, until } from '../helpers/world.js'

let folder = ''
let events: EventBody[] = []
let open: Hooks[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatling-hooks-'))
  events = []
})
afterEach(async () => {
  await Promise.all(open.map(hooks => hooks.close()))
  open = []
  rmSync(folder, { recursive: true, force: true })
})

const allowed = [
  'before_mix_compile',
  'after_mix_compile',
  'before_upgrade_service',
  'on_error_mix_compile',
  'on_error',
  'finally',
]
/** An env that the end hooks get. */
const failed: Env = {
  ...env,
  outcome: 'failed',
  error: { code: 'COMMAND_FAILED', message: 'mix compile failed', hint: 'Fix it.', step: 'mix_compile' },
}

const load = async (
  name: string,
  text: string,
  timeoutMs = 20_000,
  task: Task = 'upgrade',
): Promise<Hooks> => {
  writeFileSync(join(folder, name), text)
  const hooks = await loadHooks({
    file: findHookFile(folder, task),
    allowed,
    elsewhere: ['before_start_service'],
    environment: { ...process.env, SHOP_KEY: 'open sesame' },
    cacheDir: join(folder, 'cache'),
    timeoutOf: hook => (hook === 'load' ? 20_000 : timeoutMs),
    emit: event => events.push(event),
    signal: new AbortController().signal,
  })
  open.push(hooks)
  return hooks
}

const output = (): string[] => events.flatMap(event => (event.type === 'output' ? [event.text] : []))

/** The same behaviour in every language. Each field is the body of a hook file that shows it. */
const languages = {
  'upgrade.exs': {
    file: (body: string) => `defmodule Shop.UpgradeCallbacks do\n  import Gatling.Bash\n${body}\nend\n`,
    prints: '  def before_mix_compile(env), do: log("compiling #{env.project} in #{env.build_dir}")',
    much: '  def before_mix_compile(_), do: for n <- 1..5_000, do: log("line #{n}")',
    silent:
      '  def before_mix_compile(_) do\n    {:ok, device} = StringIO.open("")\n    Process.group_leader(self(), device)\n  end',
    readsConfig: '  def before_mix_compile(_), do: log(System.get_env("SHOP_KEY"))',
    bash: '  def before_mix_compile(_), do: bash("sh", ["-c", "echo one; echo two >&2"])',
    bashFails: '  def before_mix_compile(_), do: bash("sh", ["-c", "exit 3"])',
    bashUnchecked:
      '  def before_mix_compile(_) do\n    {_, 3} = bash("sh", ["-c", "exit 3"], check: false)\n  end',
    throws: '  def before_mix_compile(_env) do\n    raise "no good"\n  end',
    throwsAt: 'upgrade.exs:4',
    exits: '  def before_mix_compile(_), do: System.halt(7)',
    killsItself: '  def before_mix_compile(_), do: Process.exit(self(), :kill)',
    hangs: '  def before_mix_compile(_), do: Process.sleep(:infinity)',
    misspelt: '  def before_mix_compil(_), do: nil',
    wrongTask: '  def before_start_service(_), do: nil',
    wrongArity: '  def before_mix_compile, do: nil',
    returns: '  def before_mix_compile(_), do: {:error, :ignored}',
    helper: '  def before_mix_compile(_), do: nice()\n  def nice, do: log("helped")',
    onError:
      '  def before_mix_compile(_), do: System.halt(7)\n  def on_error_mix_compile(env), do: log("#{env.outcome}: #{env.error.message}")\n  def finally(env), do: log(env.error.step)',
    remembers:
      '  def before_mix_compile(_), do: :persistent_term.put(:seen, true)\n  def after_mix_compile(_), do: log("seen: #{:persistent_term.get(:seen)}")',
  },
  'upgrade.ts': {
    file: (body: string) =>
      `import type { UpgradeHooks } from 'gatling-deploy'\nenum Unused { One }\nlet seen = false\nexport default {\n${body}\n} satisfies UpgradeHooks\n`,
    prints: 'before_mix_compile(env, { log }) { log(`compiling ${env.project} in ${env.build_dir}`) }',
    much: 'before_mix_compile(env, { log }) { for (let n = 1; n <= 5_000; n++) log(`line ${n}`) }',
    silent: 'before_mix_compile() { process.stdout.write = () => true; process.stderr.end() }',
    readsConfig: 'before_mix_compile(env, { log }) { log(process.env.SHOP_KEY) }',
    bash: 'async before_mix_compile(env, { bash }) { await bash("sh", ["-c", "echo one; echo two >&2"]) }',
    bashFails: 'async before_mix_compile(env, { bash }) { await bash("sh", ["-c", "exit 3"]) }',
    bashUnchecked:
      'async before_mix_compile(env, { bash }) { const { status } = await bash("sh", ["-c", "exit 3"], { check: false }); if (status !== 3) throw 1 }',
    throws: '  before_mix_compile() {\n    throw new Error("no good")\n  }',
    throwsAt: 'upgrade.ts:6',
    exits: 'before_mix_compile() { process.exit(7) }',
    killsItself: 'before_mix_compile() { process.kill(process.pid, "SIGKILL"); while (true); }',
    hangs: 'before_mix_compile() { return new Promise(() => setInterval(() => {}, 1000)) }',
    misspelt: 'before_mix_compil() {}',
    wrongTask: 'before_start_service() {}',
    wrongArity: 'before_mix_compile(env: unknown, tools: unknown, more: unknown) {}',
    returns: 'before_mix_compile() { return false }',
    helper: 'before_mix_compile(env, { log }) { log("helped") }, nice() {}',
    onError:
      'before_mix_compile() { process.exit(7) }, on_error_mix_compile(env, { log }) { log(`${env.outcome}: ${env.error?.message}`) }, finally(env, { log }) { log(env.error?.step) }',
    remembers:
      'before_mix_compile() { seen = true }, after_mix_compile(env, { log }) { log(`seen: ${seen}`) }',
  },
} as const

describe.each(Object.entries(languages))('hooks in %s', (name, language) => {
  const loaded = (body: string, timeoutMs?: number) => load(name, language.file(body), timeoutMs)
  const first = (hooks: Hooks) => hooks.call('before_mix_compile', env)

  it('get env, and their output appears in the deploy', async () => {
    await first(await loaded(language.prints))
    expect(output()).toEqual(['compiling shop in /srv/shop/build'])
    expect(events.map(({ type }) => type)).toEqual(['hook-start', 'output', 'hook-end'])
  })

  it('end only after all of their output has arrived', async () => {
    await first(await loaded(language.much))
    expect(output().filter(line => line.startsWith('line '))).toHaveLength(5_000)
    expect(events.at(-1)?.type).toBe('hook-end')
  })

  it('can replace or close their output', async () => {
    await first(await loaded(language.silent, 5_000))
    expect(events.at(-1)).toMatchObject({ type: 'hook-end', ok: true })
  })

  it('get the config values of the app', async () => {
    await first(await loaded(language.readsConfig))
    expect(output()).toEqual(['open sesame'])
  })

  it('run programs with bash', async () => {
    await first(await loaded(language.bash))
    expect(output()).toContain('one')
    expect(output()).toContain('two')
    expect(output()[0]).toMatch(/^\$ sh -c/)
  })

  it('stop the deploy when a program fails, unless check is off', async () => {
    await expect(first(await loaded(language.bashFails))).rejects.toThrow('ended with status 3')
    await first(await loaded(language.bashUnchecked))
  })

  it('stop the deploy when they throw, with their own stack', async () => {
    const failure = await first(await loaded(language.throws)).catch((error: Error) => error)
    expect(failure).toMatchObject({ code: 'HOOK_FAILED' })
    expect(String(failure)).toContain('no good')
    expect(String(failure)).toContain(language.throwsAt)
    expect(String(failure)).not.toMatch(/hook_host|typescript-child|node:internal/)
  })

  it('stop the deploy when they end their process', async () => {
    await expect(first(await loaded(language.exits))).rejects.toMatchObject({
      code: 'HOOK_EXITED',
      message: expect.stringContaining('status 7'),
    })
  })

  it('stop the deploy when they kill themselves', async () => {
    await expect(first(await loaded(language.killsItself))).rejects.toThrow(/killed/)
  })

  it('stop the deploy when they outlive their timeout', async () => {
    await expect(first(await loaded(language.hangs, 300))).rejects.toMatchObject({
      code: 'HOOK_TIMEOUT',
      message: expect.stringContaining('within 0.3 s'),
    })
  })

  it('are refused when misspelt, of another task, or with a wrong arity', async () => {
    await expect(loaded(language.misspelt)).rejects.toMatchObject({
      code: 'HOOK_MISSPELT',
      message: expect.stringContaining('did you mean before_mix_compile?'),
    })
    await expect(loaded(language.wrongTask)).rejects.toMatchObject({ code: 'HOOK_WRONG_TASK' })
    await expect(loaded(language.wrongArity)).rejects.toMatchObject({ code: 'HOOK_ARITY' })
  })

  it('cannot change the deploy by what they return', async () => {
    expect(await first(await loaded(language.returns))).toBeUndefined()
  })

  it('can have helpers beside them', async () => {
    const hooks = await loaded(language.helper)
    expect(hooks.names).toEqual(['before_mix_compile'])
    await first(hooks)
    expect(output()).toEqual(['helped'])
  })

  it('run after a failure, in a new process when the first one has ended', async () => {
    const hooks = await loaded(language.onError)
    expect([...hooks.names].sort()).toEqual(['before_mix_compile', 'finally', 'on_error_mix_compile'])
    await expect(first(hooks)).rejects.toMatchObject({ code: 'HOOK_EXITED' })
    await hooks.call('on_error_mix_compile', failed)
    await hooks.call('on_error', failed)
    await hooks.call('finally', failed)
    expect(output()).toEqual(['failed: mix compile failed', 'mix_compile'])
  })

  it('run in one process for the whole deploy', async () => {
    const hooks = await loaded(language.remembers)
    await first(hooks)
    await hooks.call('after_mix_compile', env)
    expect(output()).toEqual(['seen: true'])
  })
})

describe('a hook file of gatling init', () => {
  it.each([
    ['upgrade.exs', hookFile('exs', 'shop', 'upgrade', phoenix.upgrade)],
    ['upgrade.ts', hookFile('ts', 'shop', 'upgrade', phoenix.upgrade)],
  ])('%s loads and defines no hook', async (name, text) => {
    expect((await load(name, text)).names).toEqual([])
    expect(events).toContainEqual({
      type: 'warning',
      text: `${name} defines no hook, so Gatling runs nothing of it`,
    })
  })
})

describe('Elixir hooks', () => {
  it('get the struct Gatling.Env with every field', async () => {
    const hooks = await load(
      'upgrade.exs',
      `defmodule Shop.UpgradeCallbacks do
        def before_mix_compile(%Gatling.Env{} = env) do
          IO.puts(env |> Map.from_struct() |> Map.keys() |> Enum.sort() |> Enum.join(" "))
          IO.inspect({env.upgrade_callback_module, env.deploy_callback_module, env.domains, env.live, env.available_tasks}, width: 200)
          %{env | version: "changed"}
        end
        def after_mix_compile(env), do: IO.puts(env.version)
      end`,
    )
    await hooks.call('before_mix_compile', env)
    await hooks.call('after_mix_compile', env)
    expect(output()).toEqual([
      Object.keys(env).sort().join(' '),
      '{Shop.UpgradeCallbacks, nil, "shop.example.com www.shop.example.com", nil, ["ecto.migrate", "phx.digest"]}',
      '1.2.3',
    ])
  })

  it.each(['rollback', 'plan', 'unload'] as const)('run in a %s', async task => {
    const file = task === 'unload' ? 'deploy.exs' : 'upgrade.exs'
    const hooks = await load(
      file,
      `defmodule Shop.Callbacks do
        def before_mix_compile(env), do: IO.inspect({env.deploy_callback_module, env.upgrade_callback_module})
      end`,
      20_000,
      task,
    )
    await hooks.call('before_mix_compile', { ...env, task, upgrade_callback_module: null })
    expect(output()).toEqual([task === 'unload' ? '{Shop.Callbacks, nil}' : '{nil, Shop.Callbacks}'])
  })

  it('can be in a .ex file, as in the first version', async () => {
    const hooks = await load(
      'upgrade.ex',
      'defmodule A do\n  def after_mix_compile(_), do: IO.puts("ex")\nend\n',
    )
    await hooks.call('after_mix_compile', env)
    expect(output()).toEqual(['ex'])
  })
})

describe('TypeScript hooks', () => {
  it.each(['env.project = "x"', 'env.timing.watch = 0', 'delete env.project', 'env.releases.push("9")'])(
    'fail when they change env, which is read-only: %s',
    async change => {
      const hooks = await load('upgrade.js', `export const beforeMixCompile = env => { ${change} }`)
      await expect(hooks.call('before_mix_compile', env)).rejects.toThrow('is read-only')
    },
  )

  it('can be camelCase, in CommonJS or in ES modules, and import gatling', async () => {
    const hooks = await load(
      'upgrade.mjs',
      `import { log } from 'gatling-deploy'
      import { log as old } from 'gatling'
      export function afterMixCompile() { if (log === old) log('mjs') }`,
    )
    await hooks.call('after_mix_compile', env)
    const other = await load(
      'deploy.js',
      `module.exports.beforeMixCompile = () => console.log('cjs')`,
      5_000,
      'deploy',
    )
    await other.call('before_mix_compile', env)
    expect(output()).toEqual(['mjs', 'cjs'])
  })

  it.each([
    ['upgrade.mts', 'export const before_mix_compile: (env: object) => void = () => console.log("runs")'],
    ['upgrade.cts', 'module.exports = { before_mix_compile: (env: object) => console.log("runs") }'],
    ['upgrade.cjs', 'module.exports = { before_mix_compile: () => console.log("runs") }'],
  ])('can be in %s', async (name, text) => {
    await (await load(name, text)).call('before_mix_compile', env)
    expect(output()).toEqual(['runs'])
  })

  it.each([
    ['upgrade.ts', 'const made = Object.create({ ["before_" + "mix_compile"]() {} }); export default made'],
    ['upgrade.ts', 'export default Object.assign(() => {}, {})'],
    ['upgrade.cjs', 'module.exports = class {}'],
    ['upgrade.js', 'module.exports = new (class {})()'],
  ])('are refused in an export that could hide hooks, in %s: %s', async (name, text) => {
    await expect(load(name, text)).rejects.toMatchObject({
      code: 'HOOK_FILE_BROKEN',
      message: expect.stringContaining('export each hook by its name, or a plain object of hooks'),
    })
  })

  it('are refused when they are not exported', async () => {
    await expect(load('upgrade.ts', 'function before_mix_compile() {}')).rejects.toMatchObject({
      code: 'HOOK_HIDDEN',
    })
  })

  it('do not wait for a program that one of them left running', async () => {
    const hooks = await load(
      'upgrade.js',
      `export async function before_mix_compile(env, { bash, log }) {
        const { output } = await bash('sh', ['-c', 'sleep 600 & echo left $!'])
        log(output.trim())
      }`,
    )
    await hooks.call('before_mix_compile', env)
    expect(events.at(-1)).toMatchObject({ type: 'hook-end', ok: true })
    const left = Number(/^left (\d+)$/.exec(output().at(-1) ?? '')?.[1])
    expect(isGone(left)).toBe(false)
    await hooks.close()
    await until(() => isGone(left), 'the end of what was left')
  })

  it('are refused when one has two spellings', async () => {
    const both = 'export function before_mix_compile() {}\nexport function beforeMixCompile() {}'
    await expect(load('upgrade.ts', both)).rejects.toMatchObject({ code: 'HOOK_TWICE' })
  })

  it('leave no process behind', async () => {
    const hooks = await load(
      'upgrade.js',
      `import { spawn } from 'node:child_process'
      export function before_mix_compile() { console.log(process.pid, spawn('sleep', ['600']).pid) }`,
    )
    await hooks.call('before_mix_compile', env)
    const pids = output()[0]?.split(' ').map(Number) ?? []
    await hooks.close()
    expect(pids).toHaveLength(2)
    await until(() => pids.every(isGone), 'the end of both')
  })
})

describe('a file with a name like that of a hook file', () => {
  it.each(['Upgrade.exs', 'upgrade.EX', 'upgrade.tsx', 'Deploy.ts'])('is refused: %s', async name => {
    writeFileSync(join(folder, name), '')
    const error = await failureOf(() => findHookFile(folder, 'upgrade'))
    expect(error.code).toBe('HOOK_FILE_NAME')
    expect(error.message).toContain(name)
  })

  it.each(['deploy.sh', 'upgrade.md', 'upgrade.test.ts', 'deployment.ts'])('is ignored: %s', name => {
    writeFileSync(join(folder, name), '')
    expect(findHookFile(folder, 'upgrade')).toBeNull()
  })

  it('is not looked for before there is a checkout', () => {
    expect(findHookFile(join(folder, 'build'), 'upgrade')).toBeNull()
  })
})
