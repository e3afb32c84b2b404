import { expect, it } from 'vitest'
import { values as rules } from '../../src/stacks/phoenix/environment.js'
import { writeApp } from '../../src/state/apps.js'
import { newConfig, plainValues, readConfig, setValues, writeConfig } from '../../src/state/config.js'
import { setDefaults } from '../../src/state/default-values.js'
import { appPaths } from '../../src/state/paths.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()
const appWith = (values: Readonly<Record<string, string>>): string => {
  const home = folder()
  writeApp(home, 'shop', { branch: 'main', live: null })
  writeConfig(home, 'shop', setValues(newConfig(rules), new Map(Object.entries(values)), true, rules))
  return home
}
const valuesOf = (home: string) => plainValues(readConfig(home, 'shop'))

it('sets DATABASE_PATH in the data folder if the app asks for it', async () => {
  const home = appWith({})
  await setDefaults(home, 'shop', ['DATABASE_PATH', 'API_KEY', 'PATH'], rules)
  expect(valuesOf(home)).toEqual({
    SECRET_KEY_BASE: expect.any(String),
    DATABASE_PATH: `${appPaths(home, 'shop').data}/shop.db`,
  })
  expect(readConfig(home, 'shop').values['DATABASE_PATH']?.secret).toBe(false)
})

it('keeps a set path, and sets none if the app does not ask', async () => {
  const home = appWith({ DATABASE_PATH: '/srv/shop.db' })
  await setDefaults(home, 'shop', ['DATABASE_PATH'], rules)
  expect(valuesOf(home)['DATABASE_PATH']).toBe('/srv/shop.db')
  const other = appWith({})
  await setDefaults(other, 'shop', ['API_KEY'], rules)
  expect(Object.keys(valuesOf(other))).toEqual(['SECRET_KEY_BASE'])
})
