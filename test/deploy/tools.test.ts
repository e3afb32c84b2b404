import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withTools } from '../../src/deploy/tools.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()

it("takes the machine's programs where the app wishes for none", () => {
  const environment = { HOME: folder(), PATH: '/usr/bin' }
  mkdirSync(join(environment.HOME, '.asdf', 'shims'), { recursive: true })
  expect(withTools(environment, folder(), null)).toEqual(environment)
})

it.each([
  ['.tool-versions', '.asdf/shims'],
  ['mise.toml', '.local/share/mise/shims'],
  ['.mise.toml', '.local/share/mise/shims'],
])('takes the shims that understand %s, where there are any', (file, shims) => {
  const build = folder()
  writeFileSync(join(build, file), '')
  const environment = { HOME: folder(), PATH: '/usr/bin' }
  expect(withTools(environment, build, null)).toEqual(environment)
  mkdirSync(join(environment.HOME, shims), { recursive: true })
  expect(withTools(environment, build, null)['PATH']).toBe(`${environment.HOME}/${shims}:/usr/bin`)
})

it('takes what gatling.toml says before everything else', () => {
  const build = folder()
  writeFileSync(join(build, '.tool-versions'), 'elixir 1.18')
  expect(withTools({ HOME: folder(), PATH: '/usr/bin' }, build, '/opt/elixir/bin')['PATH']).toBe(
    '/opt/elixir/bin:/usr/bin',
  )
})
