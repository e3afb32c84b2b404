import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../helpers/world.js'
import { edit, type Pair } from '../pair.js'

const rewrite = (file: string, from: string | RegExp, to: string): void =>
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from, to))

const greeting = edit('lib/counter.ex', 'version one', 'version two')

const startedWith = (count: number) =>
  edit(
    'lib/counter/tally.ex',
    'GenServer.start_link(__MODULE__, 0, name',
    `GenServer.start_link(__MODULE__, ${count}, name`,
  )

/** Gives the runtime system another version, in its folder and in every file that names it. */
const withErts =
  (rename: (name: string) => string) =>
  async (dir: string): Promise<void> => {
    const old = readdirSync(dir).find(name => name.startsWith('erts-')) ?? ''
    const next = rename(old)
    renameSync(join(dir, old), join(dir, next))
    rewrite(join(dir, next, 'bin', 'erl'), old, next)
    rewrite(join(dir, 'releases', 'start_erl.data'), old.slice('erts-'.length), next.slice('erts-'.length))
    const versions = join(dir, 'releases', '0.1.0')
    rewrite(join(versions, 'elixir'), old, next)
    rewrite(
      join(versions, 'counter.rel'),
      `"${old.slice('erts-'.length)}"`,
      `"${next.slice('erts-'.length)}"`,
    )
  }

const newerErts = withErts(name => `${name}.9`)
const ertsOfAnotherOtp = withErts(() => 'erts-99.0')

/** Gives an application of OTP a later version: its folder, its .app, the .rel and the boot files. */
const newerCrypto = async (dir: string): Promise<void> => {
  const old = readdirSync(join(dir, 'lib')).find(name => name.startsWith('crypto-')) ?? ''
  const next = `${old}.9`
  const version = (name: string) => `"${name.slice('crypto-'.length)}"`
  renameSync(join(dir, 'lib', old), join(dir, 'lib', next))
  rewrite(join(dir, 'lib', next, 'ebin', 'crypto.app'), version(old), version(next))
  const versions = join(dir, 'releases', '0.1.0')
  rewrite(join(versions, 'counter.rel'), `{crypto,${version(old)}`, `{crypto,${version(next)}`)
  for (const name of ['start', 'start_clean']) {
    rewrite(join(versions, `${name}.script`), old, next)
    rewrite(join(versions, `${name}.script`), /(\{crypto,.{0,200}?\{vsn,)"[^"]*"/gs, `$1${version(next)}`)
    await run(['erl', '-noshell', '-eval', `ok = systools:script2boot("${name}"), halt().`], {
      cwd: versions,
    })
  }
}

export const runtime: readonly Pair[] = [
  {
    name: 'vm-args',
    about: 'The virtual machine is started with another flag.',
    new: { files: { 'rel/vm.args.eex': '+P 300000\n' } },
    up: { mode: 'swap', because: 'vm_args_changed' },
    shows: [{ path: '/parts/processes', before: '262144', after: '524288' }],
    wouldFail: { path: '/parts/processes', contains: '262144' },
  },
  {
    name: 'env-sh',
    about: 'The release sets a variable before it starts.',
    new: { files: { 'rel/env.sh.eex': 'export STYLE=fancy\n' } },
    up: { mode: 'swap', because: 'env_sh_changed' },
    shows: [{ path: '/parts/style', before: 'plain', after: 'fancy' }],
    wouldFail: { path: '/parts/style', contains: 'plain' },
  },
  {
    name: 'erts',
    about: 'The release has another version of the runtime system.',
    new: { edits: [greeting, startedWith(1000)], release: newerErts },
    up: { mode: 'swap', because: 'erts_changed', lacks: 'process_changed' },
    shows: [{ path: '/version', before: 'version one', after: 'version two' }],
  },
  {
    name: 'erts-elsewhere',
    about: 'Two releases have the same OTP, but the machine now has another.',
    old: { release: ertsOfAnotherOtp },
    new: { edits: [greeting], release: ertsOfAnotherOtp },
    up: { mode: 'swap', because: 'erts_elsewhere', lacks: 'unreachable' },
    shows: [{ path: '/version', before: 'version one', after: 'version two' }],
  },
  {
    name: 'otp',
    about: 'The release has another version of an application of OTP.',
    new: { edits: [greeting], release: newerCrypto },
    up: { mode: 'swap', because: 'otp_changed' },
    shows: [{ path: '/version', before: 'version one', after: 'version two' }],
  },
]
