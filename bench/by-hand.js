import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { buildEnvironment } from '../dist/config/environment.js'
import { freePort } from '../dist/hosts/ports.js'
import { spawnGroup } from '../dist/hosts/process.js'
import { instanceEnvironment } from '../dist/stacks/phoenix/environment.js'
import { run, sleep, timed } from './lib.js'

/**
 * Builds and runs the same app in a second checkout without the tool, with the same commands and the same environment,
 * and as warm.
 * @template Value
 * @param {string} source
 * @param {string} folder
 * @param {(hand: { folder: string, mix: () => Promise<number>, app: () => Promise<{ boot: number, stop: number }> }) => Promise<Value>} work
 */
export const byHand = async (source, folder, work) => {
  cpSync(source, folder, { recursive: true })
  const release = join(folder, 'fresh')
  const env = { ...buildEnvironment(process.env, {}), MIX_ENV: 'prod' }
  /** @param {...string} args */
  const mixTask = (...args) => run(['mix', ...args], { cwd: folder, env })

  const mix = () => {
    // A deploy also removes it before every build.
    rmSync(release, { recursive: true, force: true })
    return timed(async () => {
      await mixTask('deps.get', '--only', 'prod')
      await mixTask('compile')
      await mixTask('phx.digest')
      await mixTask('release', '--overwrite', '--path', 'fresh')
    })
  }

  const app = async () => {
    const port = await freePort()
    const deployDir = join(folder, 'run')
    mkdirSync(join(deployDir, 'tmp', 'a'), { recursive: true })
    const facts = {
      project: 'byhand',
      slot: /** @type {const} */ ('a'),
      port,
      deployDir,
      homeDir: deployDir,
      revision: 'a'.repeat(40),
      hostName: 'localhost',
      cookie: 'bench',
      distributionPort: await freePort(),
    }
    const began = performance.now()
    const group = spawnGroup({
      argv: [join(release, 'bin', 'counter'), 'start'],
      cwd: deployDir,
      env: instanceEnvironment(
        facts,
        { SECRET_KEY_BASE: 'k'.repeat(64) },
        process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      ),
      onLine: () => {},
    })
    try {
      while ((await statusAt(port)) !== 200) {
        if (group.child.exitCode !== null) throw new Error('the app did not start by hand')
        await sleep(5)
      }
      const boot = performance.now() - began
      return { boot, stop: await timed(() => group.stop(30_000)) }
    } finally {
      group.sweep()
    }
  }

  await mix()
  return work({ folder, mix, app })
}

/** @param {number} port @returns {Promise<number>} 0 when nobody answers */
const statusAt = port =>
  new Promise(resolve => {
    const request = get({ host: '127.0.0.1', port, path: '/', agent: false }, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.once('error', () => resolve(0))
  })
