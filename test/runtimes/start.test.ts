import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { onLoopback } from '../../src/core/endpoint.js'
import { startOf } from '../../src/runtimes/start.js'
import { values } from '../../src/stacks/phoenix/environment.js'
import { writeApp } from '../../src/state/apps.js'
import { newConfig, writeConfig } from '../../src/state/config.js'
import { appPaths } from '../../src/state/paths.js'
import { manifestOf, manifestPath } from '../../src/templates/manifest.js'
import { env } from '../helpers/env.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()
const cluster = { place: 34, inside: '10.83.2.1', others: ['10.83.1.1'] }

/** Returns the environment of an instance in slot b. @param mixed what its release says. */
const started = (mixed: boolean, where: typeof cluster | null) => {
  const home = folder()
  writeApp(home, 'shop', { branch: 'main', live: null })
  writeConfig(home, 'shop', newConfig(values))
  const path = manifestPath(join(appPaths(home, 'shop').releases, '7'))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, manifestOf({ ...env, cluster_mixed: mixed }, 'phoenix'))
  const instance = { project: 'shop', slot: 'b', release: 7, processes: { web: onLoopback(4001) } } as const
  return startOf(home, instance, 20_003, '/usr/bin', where).environment
}

it('an instance joins those in the same slot, so the old and the new version stay apart', () => {
  const { DNS_CLUSTER_QUERY: query, RELEASE_NODE: node } = started(false, cluster)
  expect([query, node]).toEqual(['shop-b.gatling', 'shop@10.83.2.35'])
})

it('an instance joins all others if its release wants that', () => {
  expect(started(true, cluster)['DNS_CLUSTER_QUERY']).toBe('shop.gatling')
})

it('an instance on one machine joins no cluster', () => {
  const alone = started(true, null)
  expect(Object.keys(alone)).not.toContain('DNS_CLUSTER_QUERY')
  expect(alone['RELEASE_NODE']).toMatch(/^shop_b@127/)
})
