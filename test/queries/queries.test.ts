import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { loadProject } from '../../src/deploy/load.js'
import { emptyRow, minuteMs } from '../../src/metrics/row.js'
import { append, appendsOf } from '../../src/metrics/store.js'
import { deployOf, historyOf } from '../../src/queries/history.js'
import { readLogs } from '../../src/queries/logs.js'
import { releasesOf } from '../../src/queries/releases.js'
import { statusOf } from '../../src/queries/status.js'
import { topOf } from '../../src/queries/top.js'
import { values as rules } from '../../src/stacks/phoenix/environment.js'
import { readConfig, setValues, writeConfig } from '../../src/state/config.js'
import { live } from '../helpers/env.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'

const newFolder = temporaryFolders()
let home = ''
beforeEach(async () => {
  home = join(newFolder(), 'home')
  await loadProject(home, 'shop')
})
const writeState = (project: string, text: string): void =>
  writeFileSync(join(home, 'apps', project, 'state.json'), text)
const isLive = JSON.stringify({ branch: 'main', live })

describe('the status', () => {
  it('lists every app, even beside a damaged one', async () => {
    await loadProject(home, 'blog')
    writeState('blog', 'not json')
    const { serving, url, apps } = await statusOf(home)
    expect({ serving, url }).toEqual({ serving: false, url: null })
    expect(apps.map(({ project, state }) => ({ project, state }))).toEqual([
      { project: 'blog', state: 'unreadable' },
      { project: 'shop', state: 'not deployed' },
    ])
    expect((await failureOf(() => statusOf(home, 'blog'))).code).toBe('STATE_BROKEN')
  })

  it('shows the live release as down while nothing serves', async () => {
    writeState('shop', isLive)
    const { apps } = await statusOf(home, 'shop')
    expect(apps).toEqual([
      expect.objectContaining({
        state: 'down',
        release: live.release,
        version: live.version,
        last_deploy: null,
      }),
    ])
  })
})

it('top shows the state and the requests of each app, even beside a damaged app', async () => {
  await loadProject(home, 'blog')
  writeState('blog', 'not json')
  writeState('shop', isLive)
  const row = { ...emptyRow(Math.floor(Date.now() / minuteMs)), classes: [0, 7, 0, 0, 1] }
  appendsOf(join(home, 'apps', 'shop', 'metrics'), [row]).forEach(append)
  const { serving, apps } = await topOf(home, minuteMs)()
  expect(serving).toBe(false)
  expect(apps).toEqual([
    expect.objectContaining({ project: 'shop', state: 'down', requests: 8, errors: 1 }),
    expect.objectContaining({ project: 'blog', state: 'unreadable', requests: 0 }),
  ])
})

describe('the history', () => {
  it('is empty before the first deploy', async () => {
    expect(historyOf(home, 'shop')).toEqual([])
    expect(await releasesOf(home, 'shop')).toEqual([])
    expect((await failureOf(() => deployOf(home, 'shop', 7))).code).toBe('RUN_UNKNOWN')
  })

  it('is an error if an app is live without records', async () => {
    writeState('shop', isLive)
    expect((await failureOf(() => historyOf(home, 'shop'))).code).toBe('RECORDS_GONE')
    expect((await failureOf(() => releasesOf(home, 'shop'))).code).toBe('RECORDS_GONE')
  })

  it('is an error for an unknown app, as in all queries', async () => {
    for (const ask of [
      () => statusOf(home, 'blog'),
      () => historyOf(home, 'blog'),
      () => deployOf(home, 'blog', 1),
      () => releasesOf(home, 'blog'),
      () => readLogs(home, 'blog', { count: 1, follow: false, show: () => {} }),
    ])
      expect((await failureOf(ask)).code).toBe('PROJECT_UNKNOWN')
  })
})

it('the log of an app is shown from its end, without its secrets', async () => {
  writeConfig(
    home,
    'shop',
    setValues(readConfig(home, 'shop'), new Map([['API_KEY', 'hush-hush']]), true, rules),
  )
  const log = join(home, 'apps', 'shop', 'log')
  mkdirSync(log, { recursive: true })
  writeFileSync(join(log, 'app.log'), 'one\ntwo hush-hush\nthree\nhalf')
  const lines: string[] = []
  await readLogs(home, 'shop', { count: 2, follow: false, show: line => lines.push(line) })
  expect(lines).toEqual(['two [API_KEY]', 'three'])
})
