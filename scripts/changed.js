// Chooses the tests that a change can have broken, up to three minutes of them.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { root } from './setup.js'

/** The time for all tests of one run, in seconds of one worker. Three workers run them, as at the measurement. */
const room = 3 * 130
/** Test files up to this duration always run, in seconds. */
const quick = 3
/** The cost of a test file before its first test, in seconds. */
const startUp = 1

/** Tests that run the program. Each of its files can break them, although they import none. */
const runsGatling = /^test\/(cli|e2e|server|server-files|torture)\//
const isGatling = /^(src|bin|elixir|erlang|examples)\/|^package(-lock)?\.json$/
/** Tests whose versions of an app are made from an example. */
const usesExamples = /^test\/(corpus|upgrade)\//
/** Files that every test depends on. */
const isOfAll = /^(vitest\.config\.ts|tsconfig[^/]*\.json|scripts\/(setup|build)\.js|package(-lock)?\.json)$/
/** The shortest test that runs through all of Gatling. */
const wholePush = 'test/e2e/push.test.ts'

/**
 * Chooses test files: all quick ones, then the others that the change reaches, the nearest first, until there is no room.
 * @param {string[]} changed Paths in this repository.
 * @returns {{ run: string[], left: string[] }} Test files to run, and those that the change reaches but that do not fit.
 */
export const testsOfChange = changed => {
  const tests = testFiles('test')
  const durations = JSON.parse(readFileSync(join(root, 'test/runner/durations.json'), 'utf8'))
  /** @param {string} test */
  const secondsOf = test => (durations[test] ?? quick) + startUp
  const run = tests.filter(test => secondsOf(test) <= quick + startUp)
  let used = run.map(secondsOf).reduce((sum, one) => sum + one, 0)
  const left = []
  const reached = tests
    .filter(test => !run.includes(test))
    .map(test => ({ test, distance: distanceTo(test, changed) }))
    .filter(({ distance }) => distance < Number.POSITIVE_INFINITY)
    .sort((one, other) => one.distance - other.distance || secondsOf(one.test) - secondsOf(other.test))
  for (const { test } of reached) {
    if (used + secondsOf(test) > room) left.push(test)
    else {
      used += secondsOf(test)
      run.push(test)
    }
  }
  return { run, left }
}

/** Counts the imports between a test and the nearest changed file. @param {string} test @param {string[]} changed */
const distanceTo = (test, changed) => {
  const seen = new Set([test])
  let files = [test]
  for (let distance = 0; files.length > 0; distance++) {
    if (files.some(file => changed.some(one => one === file || one.startsWith(`${file}/`)))) return distance
    files = files.flatMap(importsOf).filter(file => !seen.has(file) && seen.add(file))
  }
  const isReached =
    changed.some(path => isOfAll.test(path)) ||
    (runsGatling.test(test) && changed.some(path => isGatling.test(path))) ||
    (usesExamples.test(test) && changed.some(path => path.startsWith('examples/')))
  if (!isReached) return Number.POSITIVE_INFINITY
  return test === wholePush ? 0 : Number.MAX_SAFE_INTEGER
}

/** Lists the files that a file imports, or names as `new URL(..., import.meta.url)` or `ownFile(...)`. @param {string} file */
const importsOf = file => {
  const path = join(root, file)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile() || !/\.[jt]s$/.test(file)) return []
  const named = /(?:from|import\(|import)\s*'(\.[^']*)'|URL\('([^':]*)'|ownFile\('([^']*)'\)/g
  return [...readFileSync(path, 'utf8').matchAll(named)].map(([, imported, name = '', own]) => {
    const target = own === undefined ? resolve(dirname(path), imported ?? name) : join(root, own)
    const source = target.replace(/\.js$/, '.ts')
    return relative(root, existsSync(source) ? source : target)
  })
}

/** Lists the files that differ from a commit, and new files. @param {string} base */
export const changedSince = base => {
  /** @param {string[]} args */
  const git = args => {
    const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
    return stdout.split('\n').filter(Boolean)
  }
  return [...git(['diff', '--name-only', base]), ...git(['ls-files', '--others', '--exclude-standard'])]
}

/** @param {string} folder @returns {string[]} */
const testFiles = folder =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return testFiles(path)
    return path.endsWith('.test.ts') ? [path] : []
  })
