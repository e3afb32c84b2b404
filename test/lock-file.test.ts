import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './helpers/world.js'

interface Locked {
  readonly optionalDependencies?: Record<string, string>
}

// npm drops the packages of other platforms if it writes the file beside an installed node_modules. Then `npm ci` fails.
it('the lock file has the packages of all platforms', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>
  }
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies).map(name => `node_modules/${name}`),
  )
  expect(wanted.length).toBeGreaterThan(20)
  expect(wanted.filter(path => !(path in packages))).toEqual([])
})
