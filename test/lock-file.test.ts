import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './helpers/world.js'

interface Locked {
  readonly optionalDependencies?: Record<string, string>
}

// npm leaves out those of other platforms when it writes the file beside an installed node_modules; `npm ci` fails then.
it('the lock file has the packages of every platform', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>
  }
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies).map(name => `node_modules/${name}`),
  )
  expect(wanted.length).toBeGreaterThan(20)
  expect(wanted.filter(path => !(path in packages))).toEqual([])
})
