import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { expect } from 'vitest'
import { freePort } from '../../src/hosts/ports.js'
import { cached } from '../helpers/cache.js'
import { get, until } from '../helpers/world.js'
import type { Built } from './build.js'
import type { Shown } from './pair.js'

/**
 * A fresh boot of the new version shows what an upgrade to it showed. That is about the version alone, whatever
 * Gatling does: it is looked at once on a machine.
 */
export const expectBootShows = async ({ new: release, name, source }: Built, shows: readonly Shown[]) => {
  const after = shows.map(({ path, after }) => [path, after])
  await cached('boots', [source, JSON.stringify(after)], async folder => {
    mkdirSync(folder)
    const port = await freePort()
    const app = spawn(`${release}/bin/${name}`, ['start'], {
      env: {
        ...process.env,
        PHX_SERVER: 'true',
        PORT: String(port),
        SECRET_KEY_BASE: 'a-secret-for-tests'.repeat(4),
        RELEASE_DISTRIBUTION: 'none',
        // Half of the time; and what a module does is the same when it is loaded late.
        RELEASE_MODE: 'interactive',
      },
      stdio: 'ignore',
    })
    const ended = new Promise(resolve => app.once('exit', resolve))
    try {
      const answers = () => get(port, 'localhost', '/health').catch(() => null)
      await until(async () => (await answers())?.status === 200, 'the version to boot')
      for (const [path = '', text] of after)
        expect((await get(port, 'localhost', path)).body, path).toContain(text)
    } finally {
      app.kill('SIGKILL')
      await ended
    }
  })
}
