import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { stackOfLive } from '../../src/stacks/stacks.js'
import { appPaths } from '../../src/state/paths.js'
import { manifestOf, manifestPath } from '../../src/templates/manifest.js'
import { env } from '../helpers/env.js'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gatling-stacks-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const keep = (text: string): void => {
  const path = manifestPath(join(appPaths(home, 'shop').releases, '7'))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
const kindOf = (processes: readonly string[]): string =>
  stackOfLive(home, 'shop', { release: 7, processes }).name

it('finds the kind of a live app in its release', () => {
  keep(manifestOf(env, 'static'))
  expect(kindOf(['web'])).toBe('static')
})

it('finds the kind of a live app by its processes if its release lacks it', () => {
  const { stack: _unsaid, ...earlier } = JSON.parse(manifestOf(env, 'static'))
  keep(JSON.stringify(earlier))
  expect([kindOf(['web']), kindOf([])]).toEqual(['phoenix', 'static'])
})

it('finds the kind of a live app by its processes without its release', () => {
  expect([kindOf(['web']), kindOf([])]).toEqual(['phoenix', 'static'])
})
