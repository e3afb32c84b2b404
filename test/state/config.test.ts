import { spawnSync } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { masker } from '../../src/core/mask.js'
import { values as rules } from '../../src/stacks/phoenix/environment.js'
import {
  allSecrets,
  type Config,
  configOf,
  getValue,
  newConfig,
  parseKey,
  plainValues,
  readConfig,
  secretsOf,
  setValues,
  takeValues,
  unmaskable,
  unsetValues,
  writeConfig,
} from '../../src/state/config.js'
import { appPaths } from '../../src/state/paths.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()
const of = (...pairs: readonly (readonly [string, string])[]) => new Map(pairs)

describe('the config of an app', () => {
  it('begins with its own cookie and its own key for sessions', () => {
    const one = newConfig(rules)
    const other = newConfig(rules)
    expect(one.cookie).toMatch(/^[0-9a-f]{48}$/)
    expect(getValue(one, 'SECRET_KEY_BASE').length).toBeGreaterThanOrEqual(64)
    expect(one.cookie).not.toBe(other.cookie)
    expect(getValue(one, 'SECRET_KEY_BASE')).not.toBe(getValue(other, 'SECRET_KEY_BASE'))
  })

  it('returns set values without a change of the config before', () => {
    const before = newConfig(rules)
    const after = setValues(before, of(['POOL_SIZE', '10'], ['EMPTY', '']), true, rules)
    expect(getValue(after, 'POOL_SIZE')).toBe('10')
    expect(getValue(after, 'EMPTY')).toBe('')
    expect(Object.keys(before.values)).toEqual(['SECRET_KEY_BASE'])
  })

  it('returns the later of two values', () => {
    const config = setValues(
      setValues(newConfig(rules), of(['KEY', 'one']), true, rules),
      of(['KEY', 'two']),
      true,
      rules,
    )
    expect(getValue(config, 'KEY')).toBe('two')
  })

  it('loses values that are unset', async () => {
    const config = setValues(newConfig(rules), of(['ONE', '1'], ['TWO', '2'], ['THREE', '3']), true, rules)
    const left = unsetValues(config, ['ONE', 'THREE'], rules)
    expect(Object.keys(plainValues(left)).sort()).toEqual(['SECRET_KEY_BASE', 'TWO'])
    expect((await failureOf(() => getValue(left, 'ONE'))).code).toBe('CONFIG_UNKNOWN')
  })

  it('unsets nothing if one of the keys is not set', async () => {
    const config = setValues(newConfig(rules), of(['ONE', '1']), true, rules)
    expect((await failureOf(() => unsetValues(config, ['ONE', 'NONE'], rules))).code).toBe('CONFIG_UNKNOWN')
    expect(getValue(config, 'ONE')).toBe('1')
  })

  it('suggests a similar key for one that is not set', async () => {
    const config = setValues(newConfig(rules), of(['DATABASE_URL', 'x']), true, rules)
    const error = await failureOf(() => getValue(config, 'DATABSE_URL'))
    expect(error.message).toBe('DATABSE_URL is not set; did you mean DATABASE_URL?')
  })

  it.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])(
    'has no value %s, although every object has it',
    async key => {
      expect((await failureOf(() => getValue(newConfig(rules), key))).code).toBe('CONFIG_UNKNOWN')
    },
  )

  it.each(['', '1A', 'A B', 'A-B', 'A=B', 'Ä', 'A\n', '$A', 'A.B'])('refuses the key %j', async key => {
    const error = await failureOf(() => setValues(newConfig(rules), of([key, 'x']), true, rules))
    expect(error).toMatchObject({ code: 'CONFIG_KEY', exitCode: 2 })
  })

  it.each([
    'PORT',
    'PHX_SERVER',
    'MIX_ENV',
    'RELEASE_COOKIE',
    'RELEASE_ANYTHING',
    'GATLING_INSTANCE',
    'GATLING_ANYTHING',
    'BINDIR',
    'ROOTDIR',
    'ERL_EPMD_PORT',
  ])('refuses %s, which Gatling sets', async key => {
    expect((await failureOf(() => parseKey(key, rules))).code).toBe('CONFIG_RESERVED')
  })

  it.each(['PORTS', 'MY_PORT', 'RELEASE', '_', 'a1', 'PHX_HOST'])('allows the key %s', key => {
    expect(parseKey(key, rules)).toBe(key)
  })

  it('refuses a value that no environment variable can hold, and sets nothing', async () => {
    const config = newConfig(rules)
    const error = await failureOf(() => setValues(config, of(['ONE', '1'], ['TWO', 'a\0b']), true, rules))
    expect(error.code).toBe('CONFIG_VALUE')
    expect(error.message).toContain('TWO')
    expect(Object.keys(config.values)).toEqual(['SECRET_KEY_BASE'])
  })

  it('refuses a value too large for a process, and sets nothing', async () => {
    const config = newConfig(rules)
    const set = (more: Config, key: string, bytes: number) =>
      setValues(more, of([key, 'x'.repeat(bytes - `${key}=0`.length)]), true, rules)
    const most = set(config, 'BUNDLE', 127 * 1_024)
    expect(spawnSync('/bin/true', { env: plainValues(most) })).toMatchObject({ status: 0 })
    const error = await failureOf(() => set(config, 'BUNDLE', 127 * 1_024 + 1))
    expect(error).toMatchObject({ code: 'CONFIG_LARGE' })
    expect(error.message).toMatch(/^BUNDLE would take 128 KB/)
    const inUnicode = await failureOf(() =>
      setValues(config, of(['BUNDLE', 'ä'.repeat(66_000)]), true, rules),
    )
    expect(inUnicode.code).toBe('CONFIG_LARGE')
  })

  it('refuses a value if all together are too large for a process', async () => {
    let config = newConfig(rules)
    for (let at = 1; at <= 8; at++)
      config = setValues(config, of([`PART_${at}`, 'x'.repeat(126 * 1_024)]), true, rules)
    expect(spawnSync('/bin/true', { env: plainValues(config) })).toMatchObject({ status: 0 })
    const error = await failureOf(() => setValues(config, of(['LAST', 'x'.repeat(20 * 1_024)]), true, rules))
    expect(error).toMatchObject({ code: 'CONFIG_LARGE' })
    expect(error.message).toMatch(/^LAST with all other values would take/)
    expect(getValue(setValues(config, of(['LAST', 'short']), true, rules), 'LAST')).toBe('short')
  })

  it('hides the old secret value, but not the one made public since', () => {
    const home = folder()
    const set = (value: string, secret: boolean): void =>
      writeConfig(home, 'shop', setValues(readConfig(home, 'shop'), of(['MODE', value]), secret, rules))
    set('quiet', true)
    takeValues(home, 'shop', 1, [])
    set('loud', true)
    takeValues(home, 'shop', 2, [1])
    set('loud', false)
    const mask = masker(...allSecrets(home, 'shop'))
    expect(mask('loud and quiet')).toBe('loud and [MODE]')
  })

  it('hides secrets and the cookie, but no public value', () => {
    const config = setValues(
      setValues(newConfig(rules), of(['KEY', 'hush']), true, rules),
      of(['MODE', 'loud']),
      false,
      rules,
    )
    expect(secretsOf(config)).toEqual({
      COOKIE: config.cookie,
      SECRET_KEY_BASE: getValue(config, 'SECRET_KEY_BASE'),
      KEY: 'hush',
    })
  })

  it('lists secrets too short to hide', () => {
    const secret = setValues(
      newConfig(rules),
      of(['SHORT', 'abc'], ['EMPTY', ''], ['LONG', 'abcd']),
      true,
      rules,
    )
    expect(unmaskable(setValues(secret, of(['PUBLIC', 'a']), false, rules))).toEqual(['SHORT'])
  })

  it('is read from its file as it was written', () => {
    const home = folder()
    const key = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/).filter(name => isAllowed(name))
    const value = fc.string({ unit: 'binary', maxLength: 200 }).filter(text => !text.includes('\0'))
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 5 }), fc.boolean(), (values, secret) => {
        const config = setValues(newConfig(rules), new Map(Object.entries(values)), secret, rules)
        writeConfig(home, 'shop', config)
        expect(readConfig(home, 'shop')).toEqual(config)
        expect(plainValues(readConfig(home, 'shop'))).toMatchObject(values)
      }),
      { numRuns: 50 },
    )
  })

  it.each(['constructor', 'prototype', '__proto__', 'toString'])(
    'keeps or refuses a value named %s',
    async key => {
      const home = folder()
      const set = (): void =>
        writeConfig(home, 'shop', setValues(newConfig(rules), of([key, 'value']), true, rules))
      if (isAllowed(key)) {
        set()
        expect(getValue(readConfig(home, 'shop'), key)).toBe('value')
      } else {
        expect((await failureOf(set)).code).toBe('CONFIG_KEY')
      }
    },
  )

  it('can be read only by its user', () => {
    const home = folder()
    writeConfig(home, 'shop', newConfig(rules))
    writeConfig(home, 'shop', setValues(newConfig(rules), of(['KEY', 'hush']), true, rules))
    expect(statSync(appPaths(home, 'shop').config).mode & 0o777).toBe(0o600)
    expect(statSync(appPaths(home, 'shop').root).mode & 0o777).toBe(0o700)
  })

  it('is an error with its path if its file is damaged', async () => {
    const home = folder()
    writeConfig(home, 'shop', newConfig(rules))
    const path = appPaths(home, 'shop').config
    writeFileSync(path, '{"cookie": 5}')
    const error = await failureOf(() => readConfig(home, 'shop'))
    expect(error.code).toBe('STATE_BROKEN')
    expect(error.message).toContain(path)
  })
})

const isAllowed = (key: string): boolean => {
  try {
    return parseKey(key, rules) === key
  } catch {
    return false
  }
}

describe('the values of a deploy', () => {
  /** Makes an app with one URL in release 1, a second in release 2, and a third now. */
  const threeUrls = () => {
    const home = folder()
    const set = (url: string): void =>
      writeConfig(home, 'shop', setValues(readConfig(home, 'shop'), of(['URL', url]), true, rules))
    set('the first url')
    takeValues(home, 'shop', 1, [])
    set('the second url')
    const taken = takeValues(home, 'shop', 2, [1])
    set('the third url')
    const url = (release: number) => getValue(configOf(home, 'shop', release), 'URL')
    return { home, taken, url }
  }

  it('are those of its beginning, even if others are set meanwhile', () => {
    const { taken, url } = threeUrls()
    expect(getValue(taken.config, 'URL')).toBe('the second url')
    expect([1, 2, 3].map(url)).toEqual(['the first url', 'the second url', 'the third url'])
  })

  it('are hidden in the output of older releases, too', () => {
    const mask = masker(...allSecrets(threeUrls().home, 'shop'))
    expect(mask('the first url, the second url, the third url')).toBe('[URL], [URL], [URL]')
  })

  it('are kept as long as their release, and not for a plan', () => {
    const { home, url } = threeUrls()
    takeValues(home, 'shop', null, [])
    expect(url(1)).toBe('the first url')
    takeValues(home, 'shop', 4, [2])
    expect([1, 2].map(url)).toEqual(['the third url', 'the second url'])
  })
})
