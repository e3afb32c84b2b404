// Prepares a fresh clone: npm packages, Erlang and Elixir, the build. It works before `npm install`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Programs, each with its Debian packages. @type {Record<string, string[]>} */
const elixir = {
  mix: [
    'elixir',
    'erlang-dev',
    'erlang-ssl',
    'erlang-parsetools',
    'erlang-runtime-tools',
    'erlang-tools',
    'erlang-eunit',
  ],
}

/**
 * Programs that only the tests need: nginx, and tools for real machines to set up as servers. @type {Record<string,
 * string[]>}
 */
const testing = {
  nginx: ['nginx'],
  pg_createcluster: ['postgresql'],
  openssl: ['openssl'],
  curl: ['curl'],
  pebble: ['pebble'],
  mmdebstrap: ['mmdebstrap'],
  'systemd-nspawn': ['systemd-container'],
  'mkfs.ext4': ['e2fsprogs'],
  'dpkg-scanpackages': ['dpkg-dev'],
  ip: ['iproute2'],
  ssh: ['openssh-client'],
  chromium: ['chromium'],
}

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
const has = program => spawnSync('which', [program], { stdio: 'ignore' }).status === 0

const checkNode = () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    refuse(`Gatling needs Node 20.19 or newer; this is ${process.versions.node}.`)
  }
  if (!has('git')) refuse('Gatling needs git. Install it first: sudo apt-get install -y git')
}

/** Tells whether node_modules/ matches package-lock.json. */
export const hasPackages = () => {
  const installed = join(root, 'node_modules', '.package-lock.json')
  const lock = join(root, 'package-lock.json')
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs
}

const installPackages = () => {
  if (hasPackages()) return
  say('Installing npm packages into node_modules/ ...')
  must('npm', ['ci', '--ignore-scripts'])
}

/** A file that keeps Debian's packages from making and starting a cluster `main` (pg_createcluster(1)). */
const noMain = '/etc/postgresql-common/createcluster.d/gatling-tests.conf'

/**
 * Keeps the packages from making a cluster `main`, because the tests start their own. It removes the file at the end,
 * because a person who installs another PostgreSQL later wants its cluster.
 */
const makeNoCluster = () => {
  mkdirSync(dirname(noMain), { recursive: true })
  writeFileSync(noMain, 'create_main_cluster = false\n')
  process.once('exit', () => rmSync(noMain, { force: true }))
}

/** @param {Record<string, string[]>} programs */
const installMissing = programs => {
  const missing = Object.keys(programs).filter(program => !has(program))
  if (missing.length === 0) return
  const names = missing.flatMap(program => programs[program] ?? [])
  const install = `apt-get install -y --no-install-recommends ${names.join(' ')}`
  const mayInstall = process.getuid?.() === 0 && has('apt-get')
  if (!mayInstall) {
    refuse(
      `${missing.join(', ')} missing, and only root may install that. Run this, then try again:\n\n  sudo ${install}\n`,
    )
  }
  say(`${missing.join(', ')} missing. Installing with:\n  ${install}`)
  if (missing.includes('pg_createcluster')) makeNoCluster()
  must('apt-get', ['update', '-qq'])
  must('apt-get', install.split(' ').slice(1).concat('-qq'))
}

/** @param {{ tests?: boolean }} [options] */
export const setUp = ({ tests = false } = {}) => {
  checkNode()
  installPackages()
  installMissing(tests ? { ...elixir, ...testing } : elixir)
  must(process.execPath, [join(root, 'scripts', 'build.js')])
}
