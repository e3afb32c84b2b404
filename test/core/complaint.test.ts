import { describe, expect, it } from 'vitest'
import { complaintOf, missingVariable } from '../../src/core/complaint.js'

const long = 'x'.repeat(2_000)
const term = `{"Kernel pid terminated",application_controller,"{application_start_failure,shop,{${long}}}"}`

describe('the complaint of an app', () => {
  it('is its first error and the line of its own code', () => {
    const lines = [
      '08:01:02.345 [info] Running ShopWeb.Endpoint with Bandit 1.5.0 at :::4000 (http)',
      '08:01:02.400 [notice] Application shop exited: Shop.Application.start(:normal, []) returned an error: shutdown: failed to start child: Shop.Stock',
      '    ** (EXIT) an exception was raised:',
      '        ** (KeyError) key :depot not found in: %{}',
      '            (stdlib 4.2) :maps.get(:depot, %{})',
      '            (shop 0.1.0) lib/shop/stock.ex:12: Shop.Stock.init/1',
      '            (stdlib 4.2) gen_server.erl:851: :gen_server.init_it/2',
      term,
      `Kernel pid terminated (application_controller) (${long})`,
      'Crash dump is being written to: erl_crash.dump...done',
    ]
    expect(complaintOf(lines, ['shop'])).toEqual([
      '** (KeyError) key :depot not found in: %{}',
      '    (shop 0.1.0) lib/shop/stock.ex:12: Shop.Stock.init/1',
    ])
  })

  it('is the error that config/runtime.exs raised, without the terms after it', () => {
    const lines = [
      'ERROR! Config provider Config.Reader failed with:',
      '** (RuntimeError) environment variable DATABASE_URL is missing.',
      'For example: ecto://USER:PASS@HOST/DATABASE',
      '',
      '    /srv/shop/releases/3/releases/0.1.0/runtime.exs:33: (file)',
      '    (elixir 1.14.0) src/elixir.erl:309: anonymous fn/4 in :elixir.eval_external_handler/1',
      `{"init terminating in do_boot",{#{${long}}}}`,
      `init terminating in do_boot ({${long}})`,
    ]
    const said = complaintOf(lines, ['shop'])
    expect(said).toEqual([
      '** (RuntimeError) environment variable DATABASE_URL is missing.',
      '    /srv/shop/releases/3/releases/0.1.0/runtime.exs:33: (file)',
    ])
    expect(missingVariable(said.join('\n'))).toBe('DATABASE_URL')
  })

  it('is the exit reason when there is no error', () => {
    const lines = ['    ** (EXIT) no process: the process is not alive', term]
    expect(complaintOf(lines, ['shop'])).toEqual(['** (EXIT) no process: the process is not alive'])
  })

  it('is its last lines, each cut, when it reports no error', () => {
    const lines = [...Array.from({ length: 40 }, (_, at) => `line ${at}`), term]
    const said = complaintOf(lines, ['shop'])
    expect(said).toHaveLength(15)
    expect(said[0]).toBe('line 26')
    expect(Math.max(...said.map(line => line.length))).toBeLessThan(320)
  })
})

it.each([
  ['could not fetch environment variable "API_KEY" because it is not set', 'API_KEY'],
  ['environment variable SECRET_KEY_BASE is missing.', 'SECRET_KEY_BASE'],
  ['** (DBConnection.ConnectionError) tcp connect: connection refused', null],
  ['the environment is missing', null],
])('in %j the missing variable is %s', (text, variable) => {
  expect(missingVariable(text)).toBe(variable)
})
