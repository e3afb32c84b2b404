import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { hookNamesOf } from '../../src/deploy/hooks-of.js'
import { phoenix } from '../../src/stacks/phoenix/phoenix.js'
import { live } from '../helpers/env.js'
import { temporaryFolders } from '../helpers/folder.js'
import { sharedGatling } from '../helpers/gatling.js'
import { bin, type Output, root, run } from '../helpers/world.js'

const newFolder = temporaryFolders()
let folder = ''
let home = ''
beforeEach(() => {
  folder = newFolder()
  home = join(folder, 'home')
})

interface Given {
  readonly cwd?: string
  readonly input?: string
}
const gatlingIn = ({ cwd = folder, input = '' }: Given, ...args: readonly string[]): Promise<Output> => {
  const given = { cwd, input, env: { GATLING_HOME: home, NO_COLOR: '1' } }
  return sharedGatling(args, given) ?? run([process.execPath, bin, ...args], given)
}
const gatling = (...args: readonly string[]): Promise<Output> => gatlingIn({}, ...args)

describe('the command line', () => {
  it('lists every command in its help', async () => {
    const { code, stdout } = await gatling('--help')
    expect(code).toBe(0)
    const commands =
      'serve load init unload deploy upgrade plan rollback redeploy attach cancel status logs history steps env config'
    for (const command of commands.split(' ')) expect(stdout).toMatch(new RegExp(`^ +${command}\\b`, 'm'))
    expect(stdout).not.toMatch(/^ +(receive|perform)\b/m)
  })

  it('lists the subcommands of config', async () => {
    const { code, stdout } = await gatling('config', '--help')
    expect(code).toBe(0)
    for (const command of ['set', 'unset', 'get', 'list'])
      expect(stdout).toMatch(new RegExp(`^ +${command}\\b`, 'm'))
  })

  it.each(['upgrade', 'plan', 'rollback'])('lists the modes in the help of %s', async command => {
    const { code, stdout } = await gatling(command, '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: gatling (upgrade|plan|rollback) \[options\] <project>/m)
    expect(stdout).toMatch(/--mode <mode>[\s\S]*choices: "auto", "hot",\s+"swap"/)
  })

  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(await gatling('--version')).toMatchObject({ code: 0, stdout: `${version}\n` })
  })

  it.each([
    [['stauts'], 'status'],
    [['config', 'sett', 'shop', 'A=1'], 'set'],
    [['load', 'shop', '--brnach', 'main'], '--branch'],
    [['status', '--jsno'], '--json'],
    [['steps', 'upgarde'], 'upgrade'],
  ])('refuses %j and suggests %s', async (args, meant) => {
    const { code, stderr } = await gatling(...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(new RegExp(`did you mean ${meant}\\?`, 'i'))
    expect(existsSync(home)).toBe(false)
  })

  it.each([
    [[]],
    [['load']],
    [['load', 'shop', 'blog']],
    [['config', 'set', 'shop']],
    [['serve', '--port', 'http']],
    [['serve', '--port', '65536']],
    [['logs', 'shop', '--lines']],
    [['upgrade', 'shop', '--mode', 'warm']],
    [['plan', 'shop', '--mode', 'noop']],
    [['rollback', 'shop', '--mode']],
    [['plan']],
    [['rollback', 'shop', '3', '4']],
  ])('refuses %j as wrong usage, and does nothing', async args => {
    expect((await gatling(...args)).code).toBe(2)
    expect(existsSync(home)).toBe(false)
  })

  it.each(['../x', '..', 'a/b', '/etc', 'a b', '', 'Shop', '1a', 'a-b', 'a;id', 'ä', 'a'.repeat(300)])(
    'refuses the project name %j everywhere',
    async name => {
      const outputs = await Promise.all([
        gatling('load', name),
        gatling('status', name),
        gatling('config', 'list', name),
      ])
      for (const { code, stderr } of outputs) {
        expect(code).toBe(2)
        expect(stderr).toContain('(PROJECT_NAME)')
      }
      expect(existsSync(home)).toBe(false)
    },
  )

  it('refuses a project name that looks like a flag, even after --', async () => {
    expect((await gatling('load', '-x')).code).toBe(2)
    expect((await gatling('load', '--', '-x')).stderr).toContain('(PROJECT_NAME)')
  })

  it('reports in status that nothing runs and nothing is loaded', async () => {
    const { code, stdout } = await gatling('status')
    expect(code).toBe(0)
    expect(stdout).toContain('gatling serve')
    expect(stdout).toContain('gatling load')
    expect(existsSync(home)).toBe(false)
    const { stdout: json } = await gatling('status', '--json')
    expect(JSON.parse(json)).toEqual({ home, serving: false, url: null, apps: [] })
  })

  it('reports an unexpected failure as its own bug', async () => {
    mkdirSync(home)
    writeFileSync(join(home, 'apps'), 'not a folder')
    const { code, stderr } = await gatling('status')
    expect(code).toBe(70)
    expect(stderr).toContain('(INTERNAL)')
  })
})

describe('a loaded project', () => {
  beforeEach(async () => {
    expect((await gatling('load', 'shop')).code).toBe(0)
  })

  it('is listed, with the address to push to', async () => {
    const { stdout } = await gatling('load', 'shop', '--branch', 'live', '--json')
    expect(JSON.parse(stdout)).toEqual({
      project: 'shop',
      repository: join(home, 'apps', 'shop', 'repo.git'),
      branch: 'live',
    })
    expect((await gatling('status')).stdout).toMatch(/^shop +not deployed/m)
  })

  it.each([
    ['status', 'shpo'],
    ['history', 'shpo'],
    ['attach', 'shpo'],
    ['cancel', 'shpo'],
    ['logs', 'shpo'],
    ['redeploy', 'shpo'],
    ['plan', 'shpo'],
    ['rollback', 'shpo'],
    ['unload', 'shpo'],
    ['config', 'list', 'shpo'],
    ['steps', '--project', 'shpo'],
  ])('is suggested for %s %s %s', async (...args) => {
    const { code, stderr } = await gatling(...args)
    expect(code).toBe(1)
    expect(stderr).toContain('there is no project shpo; did you mean shop?')
  })

  it('is shown in one row, without control characters', async () => {
    const version = '1.0\u001b[2J\n\u009b31mshop running'
    const state = join(home, 'apps', 'shop', 'state.json')
    writeFileSync(state, JSON.stringify({ branch: 'main', live: { ...live, version } }))
    const { stdout } = await gatling('status')
    expect(stdout).toMatch(/^shop +down +release 6 +1\.0 shop running +bbbbbbb /m)
    const { stdout: json } = await gatling('status', '--json')
    expect(JSON.parse(json).apps[0].version).toBe(version)
    expect(stdout + json).not.toMatch(/[^\n\P{Cc}]/u)
  })

  it('that is live gets an error when its records are gone', async () => {
    writeFileSync(join(home, 'apps', 'shop', 'state.json'), JSON.stringify({ branch: 'main', live }))
    for (const command of ['history', 'releases']) {
      const { code, stderr } = await gatling(command, 'shop')
      expect(code).toBe(1)
      expect(stderr).toContain(`gone from ${join(home, 'apps', 'shop', 'runs')}. Its release 6 is live`)
      expect(stderr).toContain('(RECORDS_GONE)')
    }
  })

  it('has no history, no run to attach to and none to cancel', async () => {
    expect(await gatling('history', 'shop')).toMatchObject({
      code: 0,
      stdout: 'shop has not been deployed yet.\n',
    })
    expect(JSON.parse((await gatling('history', 'shop', '--json')).stdout)).toEqual([])
    expect((await gatling('history', 'shop', '7')).stderr).toContain('(RUN_UNKNOWN)')
    for (const command of ['attach', 'cancel']) {
      const { code, stderr } = await gatling(command, 'shop')
      expect({ code, known: stderr.includes('(NOTHING_RUNNING)') }).toEqual({ code: 1, known: true })
    }
    expect((await gatling('redeploy', 'shop')).stderr).toContain('(NO_REVISION)')
  })

  it.each(['upgrade', 'plan', 'rollback'])('cannot do %s before it is deployed', async command => {
    const { code, stderr } = await gatling(command, 'shop')
    expect({ code, known: stderr.includes('(NOT_DEPLOYED)') }).toEqual({ code: 1, known: true })
    expect(JSON.parse((await gatling('history', 'shop', '--json')).stdout)).toEqual([])
  })

  it('is not removed without confirmation', async () => {
    expect(await gatling('unload', 'shop')).toMatchObject({ code: 1 })
    expect(existsSync(join(home, 'apps', 'shop', 'repo.git'))).toBe(true)
  })

  it.each([
    'a=b=c',
    ' two  spaces ',
    `"quotes" and 'quotes'`,
    '$HOME ${HOME} `id` $(id)',
    'two\nlines',
    'ä€😀\u0301',
    '\\n #{x} %20',
    '-x',
    '',
  ])('keeps the config value %j unchanged', async value => {
    expect((await gatling('config', 'set', 'shop', `KEY=${value}`)).code).toBe(0)
    expect(await gatling('config', 'get', 'shop', 'KEY')).toMatchObject({ code: 0, stdout: `${value}\n` })
    const fromInput = await gatlingIn({ input: `${value}\n` }, 'config', 'set', 'shop', 'PIPED')
    expect(fromInput.code).toBe(0)
    expect((await gatling('config', 'get', 'shop', 'PIPED')).stdout).toBe(`${value}\n`)
  })

  it('sets and unsets several config values at once', async () => {
    await gatling('config', 'set', 'shop', 'ONE=1111', 'TWO=2222')
    expect((await gatling('config', 'unset', 'shop', 'ONE', 'TWO')).code).toBe(0)
    const { code, stderr } = await gatling('config', 'get', 'shop', 'ONE')
    expect({ code, known: stderr.includes('(CONFIG_UNKNOWN)') }).toEqual({ code: 1, known: true })
  })

  it('sets no config value when it refuses one of them', async () => {
    expect((await gatling('config', 'set', 'shop', 'GOOD=1', 'PORT=80')).stderr).toContain(
      '(CONFIG_RESERVED)',
    )
    expect((await gatling('config', 'set', 'shop', 'GOOD=1', '1BAD=2')).code).toBe(2)
    expect((await gatling('config', 'set', 'shop', 'ONE', 'TWO')).code).toBe(2)
    expect((await gatling('config', 'get', 'shop', 'GOOD')).code).toBe(1)
  })

  it('shows public config values and never secret ones', async () => {
    const said = [
      await gatling('config', 'set', 'shop', 'API_KEY=hush-hush', 'NO=ab'),
      await gatling('config', 'set', 'shop', '--public', 'MODE=loud and clear'),
      await gatling('config', 'list', 'shop'),
      await gatling('config', 'list', 'shop', '--json'),
    ]
    for (const { code, text } of said) {
      expect(code).toBe(0)
      expect(text).not.toContain('hush-hush')
    }
    expect(said[0]?.stderr).toContain('NO: shorter than 4 characters')
    expect(said[2]?.stdout).toMatch(/^API_KEY +\(secret\)$/m)
    expect(said[2]?.stdout).toMatch(/^MODE +loud and clear$/m)
    expect(JSON.parse(said[3]?.stdout ?? '')).toContainEqual({ key: 'API_KEY', secret: true, value: null })
  })

  it('shows the end of its log with the secrets hidden', async () => {
    await gatling('config', 'set', 'shop', 'API_KEY=hush-hush')
    const log = join(home, 'apps', 'shop', 'log')
    mkdirSync(log, { recursive: true })
    writeFileSync(join(log, 'app.log'), 'one\ntwo hush-hush\n\u001b[31mthree\u001b[0m\r\n')
    expect((await gatling('logs', 'shop', '--lines', '2')).stdout).toBe('two [API_KEY]\nthree\n')
    expect((await gatling('logs', 'shop', '-n', 'many')).code).toBe(2)
  })
})

describe('init', () => {
  const uncommented = (path: string, comment: RegExp): string => {
    const text = readFileSync(path, 'utf8').replace(comment, '$1')
    writeFileSync(path, text)
    return text
  }
  const newApp = (): string => {
    const app = join(folder, 'shop')
    cpSync(join(root, 'examples', 'hello', 'mix.exs'), join(app, 'mix.exs'))
    return app
  }

  it.each(['upgrade', 'deploy'] as const)(
    'writes an Elixir file that compiles and names every hook of %s',
    async task => {
      const cwd = newApp()
      expect((await gatlingIn({ cwd }, 'init', '--task', task)).code).toBe(0)
      const path = join(cwd, `${task}.exs`)
      const compiled = await run(['elixir', '-e', `Code.compile_file("${task}.exs")`], { cwd })
      expect(compiled).toMatchObject({ code: 0, stderr: '' })
      uncommented(path, /^( *)# (?=def )/gm)
      const names = `[{m, _}] = Code.compile_file("${task}.exs"); IO.puts(Enum.map_join(m.__info__(:functions), " ", fn {f, 1} -> f end))`
      const { stdout } = await run(['elixir', '-e', names], { cwd })
      const named = hookNamesOf(phoenix, task).own.filter(hook => !hook.startsWith('on_error_'))
      expect(stdout.trim().split(' ').sort()).toEqual(named.sort())
    },
  )

  it.each(['upgrade', 'deploy'] as const)(
    'writes a TypeScript file that names every hook of %s',
    async task => {
      const cwd = newApp()
      expect((await gatlingIn({ cwd }, 'init', '--language', 'ts', '--task', task)).code).toBe(0)
      uncommented(join(cwd, `${task}.ts`), /^( *)\/\/ (?=async )/gm)
      const { code, stdout } = await gatlingIn({ cwd }, 'steps', task, '--json')
      expect(code).toBe(0)
      const [list] = JSON.parse(stdout) as { steps: { name: string; hooks: string[] }[] }[]
      for (const { name, hooks } of list?.steps ?? [])
        expect(hooks).toEqual([`before_${name}`, `after_${name}`])
      expect(list?.steps.length).toBeGreaterThan(5)
    },
  )

  it('overwrites no hook file, in any language', async () => {
    const cwd = newApp()
    writeFileSync(join(cwd, 'upgrade.exs'), '# mine\n')
    for (const language of ['exs', 'ts']) {
      const { code, stderr } = await gatlingIn({ cwd }, 'init', '--language', language)
      expect({ code, known: stderr.includes('(FILE_EXISTS)') }).toEqual({ code: 1, known: true })
    }
    expect(readFileSync(join(cwd, 'upgrade.exs'), 'utf8')).toBe('# mine\n')
    expect(existsSync(join(cwd, 'upgrade.ts'))).toBe(false)
  })

  it('adds the git remote, but keeps an existing one', async () => {
    const cwd = newApp()
    await run(['git', 'init', '-q'], { cwd })
    const remote = async () => (await run(['git', 'remote', 'get-url', 'production'], { cwd })).stdout.trim()
    await gatlingIn({ cwd }, 'init', '--remote', 'gatling@example.com:shop')
    expect(await remote()).toBe('gatling@example.com:shop')
    const { code, stdout } = await gatlingIn(
      { cwd },
      'init',
      '--task',
      'deploy',
      '--remote',
      'elsewhere:shop',
    )
    expect(code).toBe(0)
    expect(stdout).toContain('gatling@example.com:shop')
    expect(await remote()).toBe('gatling@example.com:shop')
  })

  it('uses the address of a project that is loaded here', async () => {
    const cwd = newApp()
    await run(['git', 'init', '-q'], { cwd })
    await gatling('load', 'hello')
    await gatlingIn({ cwd }, 'init')
    const { stdout } = await run(['git', 'remote', 'get-url', 'production'], { cwd })
    expect(stdout.trim()).toBe(join(home, 'apps', 'hello', 'repo.git'))
  })

  it('refuses a folder without an app, an unknown language and an unknown task', async () => {
    expect((await gatling('init')).stderr).toContain('(NOT_A_MIX_PROJECT)')
    const cwd = newApp()
    expect((await gatlingIn({ cwd }, 'init', '--language', 'rb')).code).toBe(2)
    expect((await gatlingIn({ cwd }, 'init', '--task', 'unload')).code).toBe(2)
    expect(existsSync(join(cwd, 'upgrade.exs'))).toBe(false)
  })
})

describe('audit', () => {
  it('lists what was done and tried, without any value', async () => {
    expect((await gatling('audit')).stdout).toContain('Nothing has been done yet.')
    await gatling('load', 'shop')
    await gatling('config', 'set', 'shop', 'TOKEN=s3nt1nel-value')
    await gatlingIn({ input: 's3nt1nel-value' }, 'config', 'set', 'shop', 'OTHER')
    await gatling('rollback', 'shop')
    await gatling('run', 'shop', 'env', 'TOKEN=s3nt1nel-value')
    await gatling('config', 'list', 'shop')
    await gatling('load', 'blog')
    const { stdout } = await gatling('audit', 'shop', '--json')
    const listed = (JSON.parse(stdout) as Record<string, unknown>[]).map(one =>
      ['action', 'project', 'detail', 'outcome', 'code'].map(name => one[name]),
    )
    expect(listed).toEqual([
      ['load', 'shop', '', 'ok', null],
      ['config set', 'shop', 'TOKEN', 'ok', null],
      ['config set', 'shop', 'OTHER', 'ok', null],
      ['rollback', 'shop', '', 'failed', 'NOT_DEPLOYED'],
      ['run', 'shop', 'env', 'failed', 'NOT_DEPLOYED'],
    ])
    const lines = (await gatling('audit', '-n', '2')).stdout.trim().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[1]).toMatch(/^\S+Z +\S+ +\S+ +shop +run +failed NOT_DEPLOYED +env$/)
    expect(lines[2]).toMatch(/blog +load +ok$/)
    expect((await gatling('audit', '-n', 'shop')).code).toBe(2)
    expect(readFileSync(join(home, 'audit.jsonl'), 'utf8')).not.toContain('s3nt1nel-value')
  })
})

describe('steps', () => {
  interface Listed {
    readonly task: string
    readonly file: string | null
    readonly steps: readonly { readonly name: string; readonly hooks: readonly string[] }[]
  }
  const hooksIn = (lists: readonly Listed[]) =>
    lists.map(({ task, file, steps }) => ({ task, file, hooks: steps.flatMap(({ hooks }) => hooks) }))

  it.each([
    [
      'counter',
      [
        { task: 'deploy', file: 'deploy.exs', hooks: ['before_mix_digest', 'before_start_service'] },
        { task: 'upgrade', file: 'upgrade.exs', hooks: ['before_mix_digest', 'after_upgrade_service'] },
        { task: 'plan', file: 'upgrade.exs', hooks: ['before_mix_digest'] },
        { task: 'rollback', file: 'upgrade.exs', hooks: ['after_upgrade_service'] },
        { task: 'unload', file: 'deploy.exs', hooks: [] },
      ],
    ],
    [
      'hello',
      [
        { task: 'deploy', file: 'deploy.ts', hooks: ['after_mix_release', 'before_start_service'] },
        {
          task: 'upgrade',
          file: 'upgrade.ts',
          hooks: ['before_mix_compile', 'after_copy_release_to_upgrade'],
        },
        {
          task: 'plan',
          file: 'upgrade.ts',
          hooks: ['before_mix_compile', 'after_copy_release_to_upgrade'],
        },
        { task: 'rollback', file: 'upgrade.ts', hooks: [] },
        { task: 'unload', file: 'deploy.ts', hooks: [] },
      ],
    ],
  ])('shows the hooks of examples/%s', async (example, lists) => {
    const cwd = join(root, 'examples', example)
    const json = await gatlingIn({ cwd }, 'steps', '--json')
    expect(json.code).toBe(0)
    expect(hooksIn(JSON.parse(json.stdout) as Listed[])).toEqual(lists)
    const { stdout } = await gatlingIn({ cwd }, 'steps', 'upgrade')
    for (const hook of lists[1]?.hooks ?? []) expect(stdout).toMatch(new RegExp(`^ {4}${hook}$`, 'm'))
  })

  it('shows the steps outside of an app', async () => {
    const { code, stdout } = await gatling('steps', 'unload', '--json')
    expect(code).toBe(0)
    const lists = JSON.parse(stdout) as Listed[]
    expect(lists.map(({ task, file }) => ({ task, file }))).toEqual([{ task: 'unload', file: null }])
    expect(lists[0]?.steps[0]?.name).toBe('stop_service')
  })
})
