// Gets a fresh clone ready: npm packages, Erlang and Elixir, the build. Works before `npm install`.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const debianPackages = [
  'elixir',
  'erlang-dev',
  'erlang-ssl',
  'erlang-parsetools',
  'erlang-runtime-tools',
  'erlang-tools',
  'erlang-eunit',
]

/** @param {string} text */
const say = text => console.log(text)

/** @param {string} text @returns {never} */
const refuse = text => {
  console.error(`\n${text}`)
  process.exit(1)
}

/** @param {string} program @param {string[]} args */
const must = (program, args) => {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) refuse(`\`${program} ${args.join(' ')}\` failed${error ? `: ${error.message}` : ''}.`)
}

/** @param {string} program */
const has = program => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined

const checkNode = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    refuse(`Gatling needs Node 20.19 or newer; this is ${process.versions.node}.`)
  }
  if (!has('git')) refuse('Gatling needs git. Install it first: sudo apt-get install -y git')
}

const installPackages = () => {
  const installed = join(root, 'node_modules', '.package-lock.json')
  const lock = join(root, 'package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  say('Installing npm packages into node_modules/ ...')
  // Not `npm ci`: it insists on the optional packages of every other platform.
  must('npm', [
    'install',
    '--no-save',
    '--ignore-scripts',
    '--cache',
    join(root, 'node_modules', '.cache', 'npm'),
  ])
}

const installElixir = () => {
  if (has('elixir') && has('mix')) return
  const install = `apt-get install -y --no-install-recommends ${debianPackages.join(' ')}`
  const mayInstall = process.getuid?.() === 0 && has('apt-get')
  if (!mayInstall) {
    refuse(
      `Erlang and Elixir are missing, and only root may install them. Run this, then try again:\n\n  sudo ${install}\n`,
    )
  }
  say(`Erlang and Elixir are missing. Installing them with:\n  ${install}`)
  must('apt-get', ['update', '-qq'])
  must('apt-get', install.split(' ').slice(1).concat('-qq'))
}

export const setUp = () => {
  checkNode()
  installPackages()
  installElixir()
  must(process.execPath, [join(root, 'scripts', 'build.js')])
}
