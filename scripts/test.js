// `npm test`: gets the clone ready, checks types and style, runs every test. Arguments go to vitest.
import { spawnSync } from 'node:child_process'
import { root, setUp } from './setup.js'

setUp({ tests: true })
/** @param {string[]} argv */
const run = argv => spawnSync('npx', ['--no-install', ...argv], { cwd: root, stdio: 'inherit' }).status ?? 1
process.exitCode =
  run(['biome', 'check', '.']) ||
  run(['tsc', '--noEmit', '-p', 'tsconfig.check.json']) ||
  run(['vitest', 'run', ...process.argv.slice(2)])
