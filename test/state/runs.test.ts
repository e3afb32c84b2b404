import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Owner, ownerOf } from '../../src/state/owner.js'
import { appPaths } from '../../src/state/paths.js'
import {
  beginRun,
  claimRun,
  createRun,
  finishRun,
  forgetOldRuns,
  isOver,
  lastRequest,
  lastRun,
  listRuns,
  noteCanceller,
  noteSpawned,
  type RunResult,
  readCanceller,
  readRun,
  runNumbers,
  runOwner,
} from '../../src/state/runs.js'
import { failureOf } from '../helpers/failure.js'
import { temporaryFolders } from '../helpers/folder.js'
import { root, run } from '../helpers/world.js'

const folder = temporaryFolders()

const wanted = {
  task: 'push',
  mode: null,
  release: null,
  revision: 'a'.repeat(40),
  expected: null,
  branch: 'main',
  pusher: 'jane',
  subject: 'A change',
} as const

const result: RunResult = {
  outcome: 'ok',
  mode: 'swap',
  step: null,
  error: null,
  steps: [{ step: 'mix_compile', ms: 5, ok: true }],
  ms: 10,
  at: '2024-01-02T03:04:05.678Z',
}

/** Runs code in another process, which then ends. */
const elsewhere = async (body: string): Promise<string> => {
  const runs = pathToFileURL(join(root, 'dist', 'state', 'runs.js')).href
  const owner = pathToFileURL(join(root, 'dist', 'state', 'owner.js')).href
  const script = `const runs = await import(${JSON.stringify(runs)}); const { ownerOf } = await import(${JSON.stringify(owner)}); ${body}`
  const { code, stdout, stderr } = await run([process.execPath, '--input-type=module', '-e', script])
  if (code !== 0) throw new Error(stderr)
  return stdout.trim()
}
const created = (home: string): string =>
  `runs.createRun(${JSON.stringify(home)}, 'shop', ${JSON.stringify(wanted)})`

/** Returns a process that has ended. */
const dead = async (): Promise<Owner> =>
  JSON.parse(await elsewhere('console.log(JSON.stringify(ownerOf(process.pid)))'))

describe('a run', () => {
  it('gets the number after the last', () => {
    const home = folder()
    expect([createRun(home, 'shop', wanted), createRun(home, 'shop', wanted)]).toEqual([1, 2])
    expect(createRun(home, 'blog', wanted)).toBe(1)
    expect(runNumbers(home, 'shop')).toEqual([1, 2])
  })

  it('gets the number after the last, even past nine', () => {
    const home = folder()
    for (let count = 1; count <= 11; count++) expect(createRun(home, 'shop', wanted)).toBe(count)
    expect(lastRun(home, 'shop')?.number).toBe(11)
  })

  it('gets no number of a release, even if all records of runs are gone', () => {
    const home = folder()
    const { releases, failed } = appPaths(home, 'shop')
    for (const path of [join(releases, '7'), join(failed, '9')]) mkdirSync(path, { recursive: true })
    expect(createRun(home, 'shop', wanted)).toBe(10)
  })

  it('gets its own number if several processes create twenty at once', async () => {
    const home = folder()
    const script = `const made = Array.from({ length: 5 }, () => ${created(home)}); console.log(JSON.stringify(made))`
    const made = (await Promise.all(Array.from({ length: 4 }, () => elsewhere(script)))).flatMap(
      text => JSON.parse(text) as number[],
    )
    const upTo20 = Array.from({ length: 20 }, (_, index) => index + 1)
    expect(made.sort((one, other) => one - other)).toEqual(upTo20)
    expect(listRuns(home, 'shop').map(({ number }) => number)).toEqual(upTo20)
    expect(readdirSync(appPaths(home, 'shop').runs)).toHaveLength(20)
  })

  it('keeps its request, with person and time', () => {
    const home = folder()
    const { request, state, result } = readRun(home, 'shop', createRun(home, 'shop', wanted))
    expect(request).toMatchObject({ ...wanted, asker: ownerOf(process.pid) })
    expect(Date.parse(request.at)).toBeLessThanOrEqual(Date.now())
    expect({ state, result }).toEqual({ state: 'queued', result: null })
  })

  it.each(['plan', 'unload'] as const)('does not count as the last request if it is one of %s', task => {
    const home = folder()
    createRun(home, 'shop', wanted)
    createRun(home, 'shop', { ...wanted, task, revision: 'b'.repeat(40) })
    expect(lastRequest(home, 'shop')?.revision).toBe(wanted.revision)
  })

  it('is forgotten after 200 later runs, unless its release exists', () => {
    const home = folder()
    for (let count = 1; count <= 203; count++)
      createRun(home, 'shop', {
        ...wanted,
        release: count === 3 ? 1 : null,
        task: count === 2 ? 'plan' : 'push',
      })
    forgetOldRuns(home, 'shop', [1, 2])
    expect(runNumbers(home, 'shop').slice(0, 3)).toEqual([1, 3, 4])
  })

  it('can be claimed once', async () => {
    const home = folder()
    const number = createRun(home, 'shop', wanted)
    const claim = `console.log(runs.claimRun(${JSON.stringify(home)}, 'shop', ${number}, ownerOf(process.pid)))`
    const answers = await Promise.all(Array.from({ length: 4 }, () => elsewhere(claim)))
    expect(answers.sort()).toEqual(['false', 'false', 'false', 'true'])
    expect(claimRun(home, 'shop', number, ownerOf(process.pid))).toBe(false)
  })

  it('is queued while its process waits for a turn, then runs', () => {
    const home = folder()
    const number = createRun(home, 'shop', wanted)
    expect(runOwner(home, 'shop', number)).toBeNull()
    expect(claimRun(home, 'shop', number, ownerOf(process.pid))).toBe(true)
    expect(readRun(home, 'shop', number).state).toBe('queued')
    beginRun(home, 'shop', number)
    const begun = readRun(home, 'shop', number)
    expect(begun.state).toBe('running')
    expect(isOver(begun)).toBe(false)
    expect(runOwner(home, 'shop', number)).toEqual(ownerOf(process.pid))
  })

  it('is interrupted if its process is dead', async () => {
    const home = folder()
    const number = createRun(home, 'shop', wanted)
    claimRun(home, 'shop', number, await dead())
    expect(readRun(home, 'shop', number).state).toBe('interrupted')
    expect(isOver(readRun(home, 'shop', number))).toBe(true)
    expect(runOwner(home, 'shop', number)).toBeNull()
  })

  it('is interrupted if another process got the pid of its process', () => {
    const home = folder()
    const number = createRun(home, 'shop', wanted)
    claimRun(home, 'shop', number, { ...ownerOf(process.pid), started: '1' })
    expect(readRun(home, 'shop', number).state).toBe('interrupted')
  })

  it('is interrupted if its asker died before it was claimed', async () => {
    const home = folder()
    await elsewhere(created(home))
    expect(readRun(home, 'shop', 1).state).toBe('interrupted')
  })

  it('continues if its asker died after it was claimed', async () => {
    const home = folder()
    await elsewhere(created(home))
    claimRun(home, 'shop', 1, ownerOf(process.pid))
    expect(readRun(home, 'shop', 1).state).toBe('queued')
  })

  it('continues if its asker died after its process was started', async () => {
    const home = folder()
    await elsewhere(created(home))
    noteSpawned(home, 'shop', 1, process.pid)
    expect(readRun(home, 'shop', 1).state).toBe('queued')
  })

  it('is interrupted if its process died before claiming it', async () => {
    const home = folder()
    const number = createRun(home, 'shop', wanted)
    noteSpawned(home, 'shop', number, (await dead()).pid)
    expect(readRun(home, 'shop', number).state).toBe('interrupted')
  })

  it('is over once it is claimed for nobody', () => {
    const home = folder()
    const number = createRun(home, 'shop', wanted)
    expect(claimRun(home, 'shop', number, null)).toBe(true)
    expect(readRun(home, 'shop', number).state).toBe('interrupted')
    expect(claimRun(home, 'shop', number, ownerOf(process.pid))).toBe(false)
  })

  it('ends as its result says, even if its process is alive', () => {
    const home = folder()
    const number = createRun(home, 'shop', wanted)
    claimRun(home, 'shop', number, ownerOf(process.pid))
    finishRun(home, 'shop', number, result)
    expect(readRun(home, 'shop', number)).toMatchObject({ state: 'ok', result })
  })

  it('records who cancelled it', () => {
    const home = folder()
    const number = createRun(home, 'shop', wanted)
    expect(readCanceller(home, 'shop', number)).toBe('a signal')
    noteCanceller(home, 'shop', number, 'jane')
    expect(readCanceller(home, 'shop', number)).toBe('jane')
  })

  it('is none if only its folder is left, but keeps its number used', () => {
    const home = folder()
    createRun(home, 'shop', wanted)
    mkdirSync(join(appPaths(home, 'shop').runs, '2'))
    writeFileSync(join(appPaths(home, 'shop').runs, '2', 'began.json'), '""')
    expect(listRuns(home, 'shop').map(({ number }) => number)).toEqual([1])
    expect(createRun(home, 'shop', wanted)).toBe(3)
  })

  it('stays removed after an unload', () => {
    const home = folder()
    beginRun(home, 'shop', 1)
    noteSpawned(home, 'shop', 1, process.pid)
    noteCanceller(home, 'shop', 1, 'jane')
    finishRun(home, 'shop', 1, result)
    expect(existsSync(appPaths(home, 'shop').root)).toBe(false)
  })

  it('is unknown if it was never requested', async () => {
    const home = folder()
    expect((await failureOf(() => readRun(home, 'shop', 3))).code).toBe('RUN_UNKNOWN')
    expect(lastRun(home, 'shop')).toBeNull()
  })
})
