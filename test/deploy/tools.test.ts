import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { refuseAbsent, toolsOf } from '../../src/stacks/phoenix/elixirs/tools.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()

/** A GATLING_HOME, the folder of an app, and a machine with OTP 25 and Elixir 1.14.0 of its own. */
let home = ''
let app = ''
let machine = ''
let environment: Record<string, string> = {}
beforeEach(() => {
  ;[home, app, machine] = [folder(), folder(), folder()]
  environment = { HOME: folder(), PATH: join(machine, 'bin') }
  elixirIn(join(machine, 'elixir'), '1.14.0')
  write(join(machine, 'erlang', 'bin', 'erl'), '')
  write(join(machine, 'erlang', 'releases', 'start_erl.data'), '13.1.5 25')
  mkdirSync(join(machine, 'bin'))
  for (const program of ['elixir/bin/elixir', 'erlang/bin/erl'])
    symlinkSync(join(machine, program), join(machine, 'bin', program.split('/').at(-1) ?? ''))
})

const write = (path: string, text: string): void => {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, 0o755)
}
const elixirIn = (place: string, version: string): void => {
  write(join(place, 'bin', 'elixir'), '')
  write(join(place, 'lib', 'elixir', 'ebin', 'elixir.app'), `{application,elixir,[{vsn,"${version}"}]}.`)
}
const installed = (name: string): string => {
  elixirIn(join(home, 'elixir', name), name)
  return join(home, 'elixir', name, 'bin')
}
const asks = (file: string, text: string): void => write(join(app, file), text)
const shims = (place: string, said: string | null = null): string => {
  const path = join(environment['HOME'] ?? '', place)
  mkdirSync(path, { recursive: true })
  if (said !== null) write(join(path, 'elixir'), `#!/bin/sh\necho '${said}'\n`)
  return path
}

const noLimits = { memory: null, cpu: null, tasks: 2048, elixir: null }
const tools = (path: string | null = null) => toolsOf(home, environment, app, { ...noLimits, path })
/** Lists the folders that come before the machine's own programs. */
const first = (path: string | null = null): string[] =>
  (tools(path).environment['PATH'] ?? '').split(delimiter).filter(one => one !== environment['PATH'])
const refused = () => refuseAbsent(home, tools(), app, new AbortController().signal)

describe('a build uses', () => {
  it("the machine's programs when the app asks for none", () => {
    shims('.asdf/shims')
    installed('1.18.4-otp-25')
    expect(tools().environment).toEqual(environment)
  })

  it.each([
    ['.tool-versions', '.asdf/shims'],
    ['mise.toml', '.local/share/mise/shims'],
    ['.mise.toml', '.local/share/mise/shims'],
  ])('the shims that read %s, if there are any', (file, place) => {
    asks(file, '')
    expect(tools().environment).toEqual(environment)
    expect([shims(place)]).toEqual(first())
  })

  it('the folder of [build] path before everything else', async () => {
    asks('.tool-versions', 'elixir 1.18.4')
    installed('1.18.4-otp-25')
    expect(first('/opt/elixir/bin')).toEqual(['/opt/elixir/bin'])
    await refuseAbsent(home, tools('/opt/elixir/bin'), app, new AbortController().signal)
  })

  it('the newest installed Elixir that the app asks for, and shims for the rest', async () => {
    asks('mise.toml', '[tools]\nelixir = "1.18"\n')
    installed('1.17.3-otp-25')
    installed('1.18.3-otp-25')
    const newest = installed('1.18.4-otp-25')
    expect([newest, shims('.local/share/mise/shims')]).toEqual(first())
    await refused()
  })

  it('Hex, rebar and archives of that Elixir alone, unless MIX_HOME is set', () => {
    asks('.tool-versions', 'elixir 1.18.4')
    installed('1.18.4-otp-25')
    expect(tools().environment['MIX_HOME']).toBe(`${environment['HOME']}/.mix/gatling/1.18.4-otp-25`)
    environment = { ...environment, MIX_HOME: '/srv/mix' }
    expect(tools().environment['MIX_HOME']).toBe('/srv/mix')
  })

  it('the newest installed Elixir when app and machine name none', () => {
    const newest = installed('1.18.4-otp-25')
    installed('1.17.3-otp-25')
    environment = { ...environment, PATH: '/nowhere' }
    expect(first()).toEqual([newest])
  })
})

describe('a push that asks for an Elixir', () => {
  it.each([
    'elixir 1.14.0',
    'elixir 1.14',
    'elixir 1.14.0-otp-24',
    'elixir latest',
    'elixir ref:main',
    'nodejs 20.1.0',
  ])('goes on when the machine has it or nobody can tell: %s', async text => {
    asks('.tool-versions', text)
    await refused()
  })

  it('goes on when a shim runs it', async () => {
    asks('.tool-versions', 'elixir 1.18.4-otp-27')
    shims('.asdf/shims', 'Elixir 1.18.4 (compiled with Erlang/OTP 27)')
    write(join(shims('.asdf/shims'), 'erl'), '')
    await refused()
  })

  it.each([
    ['.tool-versions', 'elixir 1.18.4', '1.18.4'],
    ['mise.toml', '[tools]\nelixir = "1.18"', '1.18.4'],
    ['gatling.toml', '[build]\nelixir = "1.17"', '1.17.3'],
  ])('is refused with the command that installs it: %s, %s', async (file, text, version) => {
    asks(file, text)
    installed('1.16.3-otp-25')
    const error = await failureOf(refused)
    expect(error).toMatchObject({
      code: 'ELIXIR_ABSENT',
      hint: expect.stringMatching(new RegExp(`gatling elixir install ${version}$`)),
    })
    expect(error.message).toContain(file)
    expect(error.message).toMatch(/has 1\.14\.0 of its own; 1\.16\.3-otp-25 is installed/)
  })

  it('goes on when a shim that is a link runs it', async () => {
    asks('.tool-versions', 'elixir 1.18.4')
    elixirIn(join(machine, 'mise'), '1.14.0')
    write(join(machine, 'mise', 'bin', 'mise'), '#!/bin/sh\necho Elixir 1.18.4\n')
    symlinkSync(join(machine, 'mise', 'bin', 'mise'), join(shims('.asdf/shims'), 'elixir'))
    await refused()
  })

  it('is refused when the Erlang is newer than this Elixir supports, with a remedy', async () => {
    asks('.tool-versions', 'elixir 1.16.3-otp-26')
    write(join(machine, 'erlang', 'releases', 'start_erl.data'), '15.2 27')
    const error = await failureOf(refused)
    expect(error).toMatchObject({
      code: 'ELIXIR_OTP',
      hint: expect.stringContaining('install 1.16.3-otp-26'),
    })
    installed('1.16.3-otp-26')
    await refused()
  })

  it('is refused when a shim runs another version or none', async () => {
    asks('.tool-versions', 'elixir 1.18.4')
    shims('.asdf/shims', 'Elixir 1.17.3 (compiled with Erlang/OTP 25)')
    expect((await failureOf(refused)).message).toContain('has 1.17.3')
    shims('.asdf/shims', 'No version is set for command elixir')
    expect((await failureOf(refused)).message).toContain('has none of its own')
  })

  it.each([
    ['elixir 1.20.4', 'OTP 27 to 29'],
    ['elixir 1.20', 'OTP 27 to 29'],
    ['elixir 1.18.4-otp-27', 'OTP 27 or newer'],
  ])("is refused when the machine's Erlang is too old, with the remedies: %s", async (text, range) => {
    asks('.tool-versions', text)
    // Only the Erlang that it asks for is missing.
    installed('1.18.4-otp-25')
    const error = await failureOf(refused)
    expect(error).toMatchObject({ code: 'ELIXIR_OTP', message: expect.stringContaining(range) })
    expect(error.hint).toMatch(/Elixir 1\.18\.4, the newest for OTP 25.*\[build\] path/)
  })
})
