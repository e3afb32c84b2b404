// `npm test`: gets the clone ready, checks types, style and unused code, runs every test.
//   npm test -- test/core -t 'a name'    some of them; all arguments go to vitest
//   npm test -- --changed [COMMIT]       what the change since a commit (HEAD) can have broken, in three minutes
//   npm test -- --record                 all of them, and notes how long each file takes
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

/** Reads our own options. @returns arguments and environment for vitest, and a text for the end. @param {string[]} args */
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

/** Many Erlangs share the processors: none must spin while it waits, or wake a thread for each file (erl(1)). */
const calm = { ERL_FLAGS: '+sbwt none +sbwtdcpu none +sbwtdio none +SDio 1' }

const { tests, env, after } = wanted(process.argv.slice(2))
setUp({ tests: true })
process.exitCode =
  run(['biome', 'check', '.']) ||
  run(['tsc', '--noEmit', '-p', 'tsconfig.check.json']) ||
  run(['knip']) ||
  run(['vitest', 'run', ...tests], { ...temporaryFolder(), ...calm, ...env })
if (after) console.log(after)
