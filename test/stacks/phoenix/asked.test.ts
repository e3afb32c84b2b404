import { describe, expect, it } from 'vitest'
import { compareVersions, isWanted, parseElixir } from '../../../src/core/elixir-version.js'
import { askedElixir } from '../../../src/stacks/phoenix/elixirs/asked.js'
import { checksumIn } from '../../../src/stacks/phoenix/elixirs/checksum.js'
import { newestOf } from '../../../src/stacks/phoenix/elixirs/installed.js'
import { fitOf, newestFor, wholeVersion } from '../../../src/stacks/phoenix/elixirs/support.js'

const asked = (files: Record<string, string>) => askedElixir(name => files[name] ?? null)

describe('the Elixir of an app', () => {
  it.each([
    [{ '.tool-versions': 'erlang 27.1\nelixir 1.18.4-otp-27\n' }, '1.18.4', 27, '.tool-versions'],
    [{ '.tool-versions': '# ours\n  elixir\t1.18.4 1.17.3 # both\n' }, '1.18.4', null, '.tool-versions'],
    [{ 'mise.toml': '[tools]\nelixir = "1.18"\n' }, '1.18', null, 'mise.toml'],
    [{ '.mise.toml': '[tools]\nelixir = ["1.18.4-otp-27", "1.17"]\n' }, '1.18.4', 27, '.mise.toml'],
    [{ 'mise.toml': '[tools]\nelixir = { version = "1.19.0-rc.0" }\n' }, '1.19.0-rc.0', null, 'mise.toml'],
    [{ 'gatling.toml': '[build]\nelixir = "1"\n' }, '1', null, 'gatling.toml'],
  ])('comes from %j', (files, version, otp, from) => {
    expect(asked(files)).toEqual({ version, otp, from })
  })

  it('comes first from gatling.toml, then mise.toml, .mise.toml and .tool-versions', () => {
    const files: Record<string, string> = {
      'gatling.toml': '[build]\nelixir = "1.4"',
      'mise.toml': '[tools]\nelixir = "1.3"',
      '.mise.toml': '[tools]\nelixir = "1.2"',
      '.tool-versions': 'elixir 1.1',
    }
    const order = Object.keys(files).map(() => {
      const found = asked(files)
      delete files[found?.from ?? '']
      return found?.version
    })
    expect(order).toEqual(['1.4', '1.3', '1.2', '1.1'])
  })

  it.each([
    [{}],
    [{ '.tool-versions': 'nodejs 20.1.0\nelixir-ls 0.1.0\n' }],
    [{ '.tool-versions': 'elixir ref:main\n' }],
    [{ 'mise.toml': '[tools]\nelixir = "latest"\n', '.tool-versions': 'elixir 1.18.4\n' }],
    [{ 'mise.toml': '[tools\n' }],
    [
      {
        'gatling.toml': '[build]\npath = "/opt/elixir/bin"\nelixir = "1.18"\n',
        '.tool-versions': 'elixir 1.18',
      },
    ],
  ])('has no version in %j', files => {
    expect(asked(files)).toBeNull()
  })
})

describe('a version', () => {
  it.each([
    ['1.18.4', '1.18', true],
    ['1.18.4', '1', true],
    ['1.18.4', '1.18.4', true],
    ['1.18.4', '1.1', false],
    ['1.18.4', '1.18.3', false],
    ['1.19.0-rc.0', '1.19', false],
    ['1.19.0-rc.0', '1.19.0-rc.0', true],
  ])('%s fits %s: %s', (version, wanted, expected) => {
    expect(isWanted(version, wanted)).toBe(expected)
  })

  it('sorts by its numbers and its pre-release', () => {
    const sorted = ['1.9.4', '1.18.0-rc.0', '1.18.0-rc.1', '1.18.0', '1.18.4', '1.18.10', '1.20.0']
    expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted)
  })

  it.each(['', 'latest', '1.18.4.2', '1.18.4-otp', '../1.18.4', '1.18.4/..', '1.18.4\n'])(
    'cannot be parsed: %j',
    text => {
      expect(parseElixir(text)).toBeNull()
    },
  )

  it('is chosen as the newest fitting one for the Erlang of the machine', () => {
    const all = ['1.18.4-otp-27', '1.18.4-otp-25', '1.18.3-otp-25', '1.17.3-otp-25'].map(name => ({
      name,
      path: name,
      version: parseElixir(name)?.version ?? '',
      otp: parseElixir(name)?.otp ?? 0,
    }))
    const chosen = (wanted: string | null, machine: number | null) => newestOf(all, wanted, machine)?.name
    expect(chosen('1.18', 27)).toBe('1.18.4-otp-27')
    expect(chosen('1.18', 26)).toBe('1.18.4-otp-25')
    expect(chosen('1.18', null)).toBe('1.18.4-otp-27')
    expect(chosen('1.18.3', 27)).toBe('1.18.3-otp-25')
    expect(chosen('1.17', 28)).toBe('1.17.3-otp-25')
    expect(chosen(null, 25)).toBe('1.18.4-otp-25')
    expect(chosen('1.16', 25)).toBeUndefined()
  })
})

describe('an archive', () => {
  it.each([
    ['1.18.4', 25, { archive: 25 }],
    ['1.18.4', 27, { archive: 27 }],
    ['1.18.4', 28, { archive: 27 }],
    ['1.18.3', 28, { least: 25, most: 27 }],
    ['1.20.4', 25, { least: 27, most: 29 }],
    ['1.14.5', 26, { archive: 25 }],
    // This version is newer than Gatling, so only the mirror knows whether it exists.
    ['1.30.0', 33, { archive: 33 }],
  ])('of %s is chosen for OTP %s', (version, machine, fit) => {
    expect(fitOf(version, machine)).toEqual(fit)
  })

  it('is advised for a machine and for the beginning of a version', () => {
    expect([25, 27, 99].map(newestFor)).toEqual(['1.18.4', '1.20.4', null])
    expect(wholeVersion('1.18', 25)).toBe('1.18.4')
    expect(wholeVersion('1.18.2', 25)).toBe('1.18.2')
    expect(wholeVersion('1', 25)).toBe('1.18.4')
    expect(wholeVersion('1.30', 25)).toBeNull()
  })

  const [one, other] = ['a'.repeat(64), 'b'.repeat(64)]
  it.each([
    [`${one}  elixir-otp-25.zip\n`, one],
    [`${one} *elixir-otp-25.zip\n`, one],
    [`${one}\n`, one],
    [`${one}  under-another-name.zip\n`, one],
    [`${one}  elixir-otp-24.zip\n${other}  elixir-otp-25.zip\n`, other],
    [`${one}  elixir-otp-24.zip\n${other}  elixir-otp-23.zip\n`, null],
    ['Not found', null],
    ['', null],
  ])('has the checksum that %j names', (text, expected) => {
    expect(checksumIn(text, 'elixir-otp-25.zip')).toBe(expected)
  })
})
