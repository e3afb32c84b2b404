import { beforeEach, describe, expect, it } from 'vitest'
import { values as rules } from '../../src/stacks/phoenix/environment.js'
import { digestOf, forgetBad, markBad, readBad } from '../../src/state/bad.js'
import { newConfig, setValues } from '../../src/state/config.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()
const mark = (revision: string, code = 'DIED_SOON') => ({
  revision,
  release: 7,
  at: '2026-01-01T00:00:00.000Z',
  code,
  message: 'it died',
  config: 'x',
})

describe('a bad revision', () => {
  let home: string
  beforeEach(() => {
    home = folder()
  })

  it('keeps its last mark until it is forgotten', () => {
    expect(readBad(home, 'shop', 'one')).toBeNull()
    forgetBad(home, 'shop', 'one')
    markBad(home, 'shop', mark('one'))
    markBad(home, 'shop', mark('two'))
    markBad(home, 'shop', mark('one', 'ERRORS_ROSE'))
    expect(readBad(home, 'shop', 'one')).toEqual(mark('one', 'ERRORS_ROSE'))
    forgetBad(home, 'shop', 'one')
    expect(readBad(home, 'shop', 'one')).toBeNull()
    expect(readBad(home, 'shop', 'two')).toEqual(mark('two'))
    expect(readBad(home, 'blog', 'two')).toBeNull()
  })

  it('is forgotten after fifty later marks', () => {
    for (let at = 0; at <= 50; at++) markBad(home, 'shop', mark(`revision-${at}`))
    expect(readBad(home, 'shop', 'revision-0')).toBeNull()
    expect(readBad(home, 'shop', 'revision-1')).not.toBeNull()
  })
})

it('the digest of config values depends on each value, but not on their order', () => {
  const config = newConfig(rules)
  const set = (...values: [string, string][]) => setValues(config, new Map(values), true, rules)
  expect(digestOf(set(['A', '1'], ['B', '2']))).toBe(digestOf(set(['B', '2'], ['A', '1'])))
  expect(digestOf(set(['A', '1']))).not.toBe(digestOf(set(['A', '2'])))
  expect(digestOf(set(['A', '1']))).not.toBe(digestOf(config))
  expect(digestOf(newConfig(rules))).not.toBe(digestOf(newConfig(rules)))
})
