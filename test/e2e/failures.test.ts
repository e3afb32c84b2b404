import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { archiveOf, sha256, standIn } from '../helpers/elixir-archive.js'
import { type App, createWorld, bin as gatling, lazyVm, run, type World } from '../helpers/world.js'

/** One live app, and every way to break its next push. */
describe('a push that fails', () => {
  let world: World
  let app: App
  let serving: { greeting: string; os_pid: number }

  const version = async () => JSON.parse((await app.get('/version')).body)
  const instances = async (): Promise<number> =>
    readdirSync('/proc').filter(pid => /^\d+$/.test(pid) && isInstance(pid, app.dir)).length

  beforeAll(async () => {
    world = await createWorld()
    await world.serve()
    app = await world.app('counter', 'counter', lazyVm)
    const push = await app.push()
    expect(push.code, push.text).toBe(0)
    serving = await version()
  })
  afterAll(() => world.close())

  /** Tells whether a process is the BEAM of this app, whose helper processes have the same environment. */
  const isInstance = (pid: string, dir: string): boolean => {
    try {
      return (
        readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`GATLING_INSTANCE=${dir}/deploy@`) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('beam.smp')
      )
    } catch {
      return false
    }
  }

  const breakages: {
    what: string
    files: Record<string, string | null>
    says: (string | RegExp)[]
  }[] = [
    {
      what: 'a failing digest',
      files: {
        'lib/mix/tasks/phx.digest.ex':
          'defmodule Mix.Tasks.Phx.Digest do\n  use Mix.Task\n  def run(_), do: Mix.raise("no space for css")\nend\n',
      },
      says: ['mix_digest failed', 'no space for css'],
    },
    {
      what: 'a release that does not boot',
      files: { 'config/runtime.exs': 'raise "DATABASE_URL is missing"\n', 'gatling.toml': swapping('') },
      says: ['upgrade_service failed', 'BOOT_CRASH', 'DATABASE_URL is missing'],
    },
    {
      what: 'a missing config value',
      files: {
        'config/runtime.exs': 'import Config\nSystem.fetch_env!("API_KEY")\n',
        'lib/counter.ex': 'not Elixir',
      },
      says: ['CONFIG_MISSING', 'API_KEY', 'gatling config set counter API_KEY=...', 'gatling retry counter'],
    },
    {
      what: 'a release that never answers below 500',
      files: {
        'gatling.toml': swapping('path = "/health"\ntimeout = "8s"'),
        'lib/counter/router.ex': 'SICK',
      },
      says: ['NEVER_HEALTHY', 'it answered with status 503', 'GET /health'],
    },
    {
      what: 'a release that redirects http to https and fails there',
      files: {
        'gatling.toml': swapping('timeout = "4s"'),
        'lib/counter/router.ex': 'FAILS_OVER_HTTPS',
        'lib/counter/response.ex': 'KNOWS_301',
      },
      says: ['NEVER_HEALTHY', 'it answered with status 500', 'GET /'],
    },
    {
      what: 'a release that redirects https to itself',
      files: {
        'gatling.toml': swapping('timeout = "4s"'),
        'lib/counter/router.ex': 'LEADS_TO_ITSELF',
        'lib/counter/response.ex': 'KNOWS_301',
      },
      says: ['NEVER_HEALTHY', 'it redirects https://counter.localhost/ to itself', 'rewrite_on'],
    },
    {
      what: 'hot code that makes the running app unhealthy',
      files: { 'gatling.toml': '[health]\npath = "/health"\n', 'lib/counter/router.ex': 'SICK' },
      says: [
        'hot: 1 module (Counter.Router)',
        'the old code runs again, with the state it had',
        'UNHEALTHY_UPGRADE',
        'GET /health: it answered with status 503',
      ],
    },
    {
      what: 'a change that cannot be hot in mode hot',
      files: { 'config/runtime.exs': 'ELSEWHERE', 'gatling.toml': '[upgrade]\nmode = "hot"\n' },
      says: ['upgrade_service failed', 'HOT_IMPOSSIBLE', 'config :counter, :port changed', '--mode swap'],
    },
    {
      what: 'a release that does not listen on PORT',
      files: { 'config/runtime.exs': 'ELSEWHERE', 'gatling.toml': swapping('timeout = "8s"') },
      says: ['NEVER_HEALTHY', /it listens on \d+ but not on PORT=\d+/],
    },
    {
      what: 'a release that dies seconds later',
      files: {
        'gatling.toml': swapping('watch = "20s"'),
        'lib/counter/application.ex': 'DIES',
      },
      says: ['DIED_SOON', 'was healthy, then'],
    },
    {
      what: 'a port that is taken',
      files: { 'config/runtime.exs': 'TAKEN', 'gatling.toml': swapping('') },
      says: ['PORT_TAKEN', 'already in use'],
    },
    {
      what: 'no mix.exs',
      files: { 'mix.exs': null },
      says: ['NOT_A_MIX_PROJECT', 'has no mix.exs'],
    },
    {
      what: 'a mix.exs that cannot be evaluated',
      files: {
        'mix.exs': 'defmodule Counter.MixProject do\n  use Mix.Project\n  raise "half written"\nend\n',
      },
      says: ['MIX_EXS_BROKEN', 'half written'],
    },
    {
      what: 'a library',
      files: { 'mix.exs': mixExs('app: :counter, version: "1.0.0"') },
      says: ['NOT_AN_APP', ':counter is a library'],
    },
    {
      what: 'an umbrella without a release',
      files: { 'mix.exs': mixExs('apps_path: "apps", version: "1.0.0"') },
      says: ['NO_RELEASE', 'an umbrella project whose mix.exs defines no release'],
    },
    {
      what: 'another project',
      files: { 'mix.exs': mixExs('app: :shop, version: "1.0.0"') },
      says: ['PROJECT_MISMATCH', 'this repository is the mix project :shop', 'gatling load shop'],
    },
    {
      what: 'several releases, none named like the project',
      files: {
        'mix.exs': mixExs('app: :counter, version: "1.0.0", releases: [web: [], worker: []]'),
      },
      says: ['RELEASE_UNKNOWN', 'several releases: web, worker'],
    },
    {
      what: 'an Elixir that is too old',
      files: { 'mix.exs': mixExs('app: :counter, version: "1.0.0", elixir: "~> 9.9"') },
      says: ['ELIXIR_OLD', /has Elixir 1\.\d+\.\d+, but the project needs ~> 9\.9/],
    },
    {
      what: 'an invalid gatling.toml',
      files: { 'gatling.toml': '[health]\npaht = "/up"\ntimeout = 5\n' },
      says: [
        'SETTINGS_INVALID',
        'health.paht: there is no such setting; did you mean path?',
        'health.timeout: must be a duration',
      ],
    },
    {
      what: 'a gatling.toml that is not TOML',
      files: { 'gatling.toml': '[health\n' },
      says: ['SETTINGS_INVALID'],
    },
    {
      what: 'an invalid domains file',
      files: { domains: 'counter.localhost\nhttp://example.com/\n' },
      says: ['DOMAINS_INVALID', 'http://example.com/'],
    },
    {
      what: 'a folder in the place of a file that Gatling reads',
      files: { domains: null, 'domains/list': 'counter.localhost\n' },
      says: ['REPOSITORY_FILE', 'domains in the repository is a folder'],
    },
    {
      what: 'files that git-lfs keeps elsewhere',
      files: {
        '.gitattributes': '*.psd filter=lfs diff=lfs merge=lfs -text\n',
        'priv/logo.psd': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
      },
      says: ['mix_deps_get failed', 'LFS_POINTERS', 'priv/logo.psd', 'git lfs migrate export'],
    },
    {
      what: 'two hook files for one task',
      files: { 'upgrade.exs': 'defmodule A do\nend\n', 'upgrade.ts': 'export default {}\n' },
      says: ['HOOK_FILES', 'upgrade.ts, upgrade.exs'],
    },
    {
      what: 'an Elixir hook file with a syntax error',
      files: { 'upgrade.exs': 'defmodule A do\n  def before_mix_compile(env) do\n' },
      says: ['HOOK_FILE_BROKEN', 'cannot load upgrade.exs', 'missing terminator'],
    },
    {
      what: 'a TypeScript hook file with a syntax error',
      files: { 'upgrade.ts': 'export default { before_mix_compile( }\n' },
      says: ['HOOK_FILE_BROKEN', 'cannot load upgrade.ts'],
    },
    {
      what: 'a misspelt hook',
      files: { 'upgrade.exs': 'defmodule A do\n  def before_mix_compil(_env), do: nil\nend\n' },
      says: ['HOOK_MISSPELT', 'did you mean before_mix_compile?'],
    },
    {
      what: 'a hook that raises in the last step',
      files: {
        'upgrade.exs': 'defmodule A do\n  def after_configure_nginx(_env), do: raise("not so fast")\nend\n',
      },
      says: ['configure_nginx failed', 'HOOK_FAILED', 'not so fast', 'upgrade.exs:2'],
    },
    {
      what: 'a hook that raises after the hot upgrade',
      files: {
        'upgrade.exs': 'defmodule A do\n  def after_configure_nginx(_env), do: raise("not so fast")\nend\n',
        'lib/counter/router.ex': 'HEALTHIER',
      },
      says: [
        'hot: 1 module (Counter.Router)',
        'HOOK_FAILED',
        'the old code runs again, with the state it had',
      ],
    },
    {
      what: 'a hook that outlives its timeout',
      files: {
        'upgrade.exs': 'defmodule A do\n  def before_mix_compile(_env), do: Process.sleep(60_000)\nend\n',
        'gatling.toml': '[hooks.timeouts]\nbefore_mix_compile = "1s"\n',
      },
      says: ['HOOK_TIMEOUT', 'did not return within 1 s', 'before_mix_compile = "20m"'],
    },
    {
      what: 'a hook that ends its process',
      files: { 'upgrade.mjs': 'export function before_mix_digest() { process.exit(0) }\n' },
      says: ['HOOK_EXITED', 'ended its own process (ended with status 0)'],
    },
    {
      what: 'a release that is missing where mix builds it',
      files: {
        'upgrade.exs':
          'defmodule A do\n  def after_mix_release(env), do: File.rm_rf!(env.built_release_path)\nend\n',
      },
      says: ['copy_release_to_upgrade failed', 'COMMAND_FAILED'],
    },
  ]

  /** Redirects the first page like `force_ssl`, and answers with `page` over https. */
  const forcing = (page: string): string =>
    app.read('lib/counter/router.ex').replace(
      'defp route("GET", [], _request), do: html(Counter.Page.render())',
      `defp route("GET", [], %{headers: %{"x-forwarded-proto" => "https"}} = request), do: ${page}
  defp route("GET", [], request), do: moved(request)

  defp moved(request) do
    [host | _] = String.split(request.headers["host"], ":")
    text(301, "moved", [{"location", "https://#{host}/"}])
  end`,
    )
  const special: Record<string, () => string> = {
    FAILS_OVER_HTTPS: () => forcing('text(500, inspect(request.method))'),
    LEADS_TO_ITSELF: () => forcing('moved(request)'),
    KNOWS_301: () => app.read('lib/counter/response.ex').replace('400 =>', '301 => "Moved", 400 =>'),
    SICK: () => app.read('lib/counter/router.ex').replace('text(200, "ok")', 'text(503, "no")'),
    HEALTHIER: () => app.read('lib/counter/router.ex').replace('text(200, "ok")', 'text(200, "very well")'),
    ELSEWHERE: () => app.read('config/runtime.exs').replace('System.get_env("PORT") || "4000"', '"47931"'),
    TAKEN: () => app.read('config/runtime.exs').replace('System.get_env("PORT") || "4000"', `"${taken}"`),
    DIES: () =>
      app
        .read('lib/counter/application.ex')
        .replace(
          /def start\(([^)]*)\) do/,
          'def start($1) do\n    spawn(fn -> Process.sleep(6_000); System.halt(3) end)',
        ),
  }
  let taken = 0

  it.each(breakages)('names the cause and leaves the old version live: $what', async ({ files, says }) => {
    const blocker = createServer().listen(0)
    taken = (blocker.address() as { port: number }).port
    const real = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, text === null ? null : (special[text]?.() ?? text)]),
    )
    await app.commit(real)
    const push = await app.push()
    blocker.close()
    try {
      expect(push.code, push.text).not.toBe(0)
      expect(push.text).toContain('✗ NOT DEPLOYED')
      for (const words of says) expect(push.text).toMatch(words instanceof RegExp ? words : literally(words))
      expect(push.text).toMatch(
        /Now: {2}release 1 \(0\.1\.0, \w{7}\) still serves http:\/\/counter\.localhost:\d+/,
      )
      expect(await version()).toEqual(serving)
      expect(await instances()).toBe(1)
      expect(readdirSync(join(app.dir, 'deploy', 'releases'))).toEqual(['1'])
    } finally {
      await app.undo()
    }
  })

  it('does not stop the next push', async () => {
    await app.commit({
      'lib/counter.ex': app.read('lib/counter.ex').replace(/@greeting "[^"]*"/, '@greeting "Fixed"'),
    })
    const push = await app.push()
    expect(push.code, push.text).toBe(0)
    serving = await version()
    expect(serving.greeting).toBe('Fixed')
    expect(await instances()).toBe(1)
  })

  it('names the app that has the domain, which keeps it', async () => {
    const other = await world.app('hello', 'hello', {
      domains: 'hello.localhost\ncounter.localhost\n',
      'deploy.ts': 'export default {}\n',
    })
    const push = await other.push()
    expect(push.text).toContain('counter.localhost already belongs to counter')
    expect(push.text).toContain('configure_nginx failed')
    expect(await version()).toEqual(serving)
    expect((await other.get('/')).status).toBe(404)
    expect(readdirSync(join(other.dir, 'deploy', 'releases'))).toEqual([])
    await other.commit({ domains: 'hello.localhost\n' })
    expect((await other.push()).code).toBe(0)
    expect((await other.get('/')).status).toBe(200)

    const gate = join(world.folder, 'gate')
    writeFileSync(gate, '')
    const stubborn = `import { existsSync } from 'node:fs'
export const before_remove_build_dir = () => {
  if (existsSync('${gate}')) throw new Error('not now')
}
`
    await other.commit({ 'deploy.ts': stubborn })
    expect((await other.push()).code).toBe(0)
    const half = await world.cli('unload', 'hello', '--yes')
    expect(half.code).not.toBe(0)
    expect(half.text).toContain('Now:  nothing is deployed, so nothing serves')
    expect((await other.get('/')).status).toBe(404)
    await other.commit({})
    const again = await other.push()
    expect(again.code, again.text).toBe(0)
    expect(again.text).toContain('▸ start_service')
    expect((await other.get('/')).status).toBe(200)
    rmSync(gate)

    await run(['sh', '-c', `echo 'export default {' > ${join(other.dir, 'build', 'deploy.ts')}`])
    const unloaded = await world.cli('unload', 'hello', '--yes')
    expect(unloaded.code, unloaded.text).toBe(0)
    expect(unloaded.text).toContain('unloads without hooks')
    expect(existsSync(other.dir)).toBe(false)
  })

  it('is refused before the build when embedded mode is not running', async () => {
    const lonely = await createWorld()
    const alone = await lonely.app('counter')
    const push = await alone.push()
    expect(push.code).not.toBe(0)
    expect(push.text).toContain('NOT_SERVING')
    expect(push.text).toContain('gatling serve')
    expect(push.text).not.toContain('▸')
    const gone = await lonely.cli('unload', 'counter', '--yes')
    expect(gone.code, gone.text).toBe(0)
    expect(existsSync(alone.dir)).toBe(false)
    await lonely.close()
  })

  it('reports that Elixir is missing', async () => {
    const bin = join(world.folder, 'bin-without-elixir')
    mkdirSync(bin)
    for (const folder of ['/bin', '/usr/bin', '/usr/local/bin', dirname(process.execPath)]) {
      for (const name of readdirSync(folder)) {
        if (!/^(elixir|mix|iex)$/.test(name) && !existsSync(join(bin, name)))
          symlinkSync(join(folder, name), join(bin, name))
      }
    }
    await app.commit({})
    const push = await run(['git', 'push', 'production', 'main'], { cwd: app.source, env: { PATH: bin } })
    expect(push.code).not.toBe(0)
    expect(push.text).toContain('ELIXIR_MISSING')
    expect(push.text).toContain('apt-get install elixir')
    expect(await version()).toEqual(serving)
    await app.undo()

    const back = await run([process.execPath, gatling, 'rollback', 'counter'], {
      env: { ...world.env, PATH: bin },
    })
    expect(back.code, back.text).toBe(0)
    expect(back.text).toContain('the checkout was not read: ')
    expect((await version()).greeting).not.toBe(serving.greeting)
    expect((await world.cli('upgrade', 'counter')).code).toBe(0)
    serving = await version()
  })

  it('names the command that installs the Elixir that it asks for', async () => {
    await app.commit({ '.tool-versions': 'elixir 1.18.4\n' })
    const refused = await app.push()
    expect(refused.code).not.toBe(0)
    expect(refused.text).toContain('ELIXIR_ABSENT')
    expect(refused.text).toContain('gatling elixir install 1.18.4')
    expect(refused.text).not.toContain('mix_deps_get')
    expect(await version()).toEqual(serving)

    const archive = join(world.folder, 'elixir.zip')
    const used = join(world.folder, 'mix-home')
    const program = standIn('elixir', '1.18.4').replace('exec', `echo "$MIX_HOME" >>${used}\nexec`)
    const bytes = archiveOf('1.18.4', { 'bin/elixir': program })
    writeFileSync(archive, bytes)
    const installed = await world.cli(
      'elixir',
      'install',
      '1.18.4',
      '--from',
      archive,
      '--sha256',
      sha256(bytes),
    )
    expect(installed.code, installed.text).toBe(0)
    const push = await app.push()
    expect(push.code, push.text).toBe(0)
    expect(readFileSync(used, 'utf8')).toMatch(/\/\.mix\/gatling\/1\.18\.4-otp-\d+\n/)
    serving = await version()
    await app.commit({ '.tool-versions': null })
  })

  it('answers git even when it cannot write its records', async () => {
    const runs = join(app.dir, 'runs')
    renameSync(runs, `${runs}.away`)
    writeFileSync(runs, 'not a folder')
    await app.commit({})
    const push = await app.push()
    rmSync(runs)
    renameSync(`${runs}.away`, runs)
    expect(push.code).not.toBe(0)
    expect(push.text).toContain('ENOTDIR')
    expect(push.text).toContain('[remote rejected] main -> main')
    expect(await version()).toEqual(serving)
    await app.undo()
  })

  it('is not the result of a clock that went back', async () => {
    await run(['find', join(app.dir, 'build', '_build'), '-exec', 'touch', '-d', '400 days', '{}', '+'])
    await app.commit({
      'lib/counter.ex': app.read('lib/counter.ex').replace(/@greeting ".*"/, '@greeting "In time"'),
    })
    const push = await app.push()
    expect(push.code, push.text).toBe(0)
    expect(push.text).toContain('the clock has gone back since the last build')
    expect((await version()).greeting).toBe('In time')
    serving = await version()
  })

  it('is not the result of an app that redirects http to https', async () => {
    const router = app.read('lib/counter/router.ex')
    await app.commit({
      'lib/counter/router.ex': forcing('text(200, "over https: " <> request.path)'),
      'lib/counter/response.ex': special['KNOWS_301']?.() ?? '',
    })
    const push = await app.push()
    expect(push.code, push.text).toBe(0)
    expect(push.text).toContain('counter sends http to https')
    expect((await app.get('/')).status).toBe(307)
    expect(await app.get('/')).toEqual({ status: 200, body: 'over https: /' })
    serving = await version()
    await app.commit({ 'lib/counter/router.ex': router })
  })

  it('leaves the old version live when the disk fills during the copy', async () => {
    const releases = join(app.dir, 'deploy', 'releases')
    const mounted = await run(['mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', releases])
    expect(mounted.code, `${mounted.text}: this test needs the right to mount a tmpfs`).toBe(0)
    await app.commit({ 'lib/counter.ex': app.read('lib/counter.ex').replace('In time', 'Too much') })
    const full = await app.push()
    await run(['umount', '-l', releases])
    expect(full.code).not.toBe(0)
    expect(full.text).toContain('copy_release_to_upgrade failed')
    expect(full.text).toContain('No space left on device')
    expect(await version()).toEqual(serving)
    const push = await app.push()
    expect(push.code, push.text).toBe(0)
    expect((await version()).greeting).toBe('Too much')
  })
})

/** Returns settings that make every upgrade a swap. */
const swapping = (health: string): string => `[health]\n${health}\n\n[upgrade]\nmode = "swap"\n`

const literally = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))

const mixExs = (project: string): string =>
  `defmodule Counter.MixProject do\n  use Mix.Project\n  def project, do: [${project}]\nend\n`
