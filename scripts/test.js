// `npm test`: prepares the clone, checks types, style and unused code, and runs every test.
//   npm test -- test/core -t 'a name'    runs some of them; vitest gets all arguments
//   npm test -- --changed [COMMIT]       runs tests that the change since a commit (HEAD) can have broken, in three minutes
//   npm test -- --record                 runs all of them, and notes the duration of each file
import { spawnSync } from 'node:child_process'
import { changedSince, testsOfChange } from './changed.js'
import { root, setUp } from './setup.js'
import { temporaryFolder } from './temporary-folder.js'

/** @param {string[]} argv @param {Record<string, string>} [env] */
const run = (argv, env = {}) =>
  spawnSync('npx', ['--no-install', ...argv], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  }).status ?? 1

/**
 * Where this names a file, Node.js reads all certificates in it at every start, which takes longer than the rest of the
 * start. The tests start it thousands of times, and none of them fetches anything.
 */
const noCertificates = { NODE_EXTRA_CA_CERTS: '' }

/**
 * Reads the options of this script.
 * @returns arguments and environment for vitest, and a text for the end.
 * @param {string[]} args
 */
const wanted = args => {
  if (args[0] === '--record')
    return { tests: args.slice(1), env: { GATLING_RECORD_DURATIONS: '1' }, after: '' }
  if (args[0] !== '--changed') return { tests: args, env: {}, after: '' }
  if (args.length > 2 || args[1]?.startsWith('-'))
    throw new Error('--changed takes a commit, and nothing else')
  const changed = changedSince(args[1] ?? 'HEAD')
  const { run, left } = testsOfChange(changed)
  console.log(`${changed.length} files changed: running ${run.length} test files.`)
  const after = `Not run, and the change can have broken them: ${left.join(', ')}. Run npm test before you push.`
  return { tests: run, env: {}, after: left.length > 0 ? after : '' }
}

/**
 * Many Erlang nodes share the processors, so none must spin while it waits, or wake a thread for each file (erl(1)).
 */
const calm = { ERL_FLAGS: '+sbwt none +sbwtdcpu none +sbwtdio none +SDio 1' }

const { tests, env, after } = wanted(process.argv.slice(2))
setUp({ tests: true })
process.exitCode =
  run(['biome', 'check', '.']) ||
  run(['tsc', '--noEmit', '-p', 'tsconfig.check.json']) ||
  run(['knip']) ||
  run(['vitest', 'run', ...tests], { ...temporaryFolder(), ...calm, ...noCertificates, ...env })
if (after) console.log(after)
