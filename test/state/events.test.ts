import { appendFileSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Event, EventBody } from '../../src/core/event.js'
import { masker } from '../../src/core/mask.js'
import { type EventLog, followEvents, lineReader, openEventLog } from '../../src/state/events.js'
import { temporaryFolders } from '../helpers/folder.js'

const folder = temporaryFolders()
const path = (): string => join(folder(), 'events.jsonl')
const open = (file: string, secrets: Readonly<Record<string, string>> = {}): EventLog =>
  openEventLog(file, masker(secrets))

const note = (text: string): EventBody => ({ type: 'note', text })
const end: EventBody = { type: 'end', outcome: 'ok', ms: 5 }
const bodies = (events: readonly Event[]): EventBody[] => events.map(({ at: _, ...body }) => body)

const all = async (events: AsyncIterable<Event>): Promise<Event[]> => {
  const read: Event[] = []
  for await (const event of events) read.push(event)
  return read
}
const never = (): boolean => false

describe('the log of a run', () => {
  it('returns the written events with their times', async () => {
    const file = path()
    const log = open(file)
    const said: EventBody[] = [{ type: 'step-start', step: 'mix_compile' }, note('zwei\nZeilen "ä"'), end]
    for (const event of said) log.write(event)
    log.close()
    const events = await all(followEvents(file, never))
    expect(bodies(events)).toEqual(said)
    for (const { at } of events) expect(new Date(at).toISOString()).toBe(at)
  })

  it('does not hide the address of the app, even if a value equals it', async () => {
    const file = path()
    const log = open(file, { APP_NAME: 'shop', PHX_HOST: 'shop.example.com' })
    log.write({ type: 'live', release: 1, mode: 'start', url: 'http://shop.example.com' })
    log.write(note('it is shop.example.com'))
    log.write(end)
    log.close()
    expect(bodies(await all(followEvents(file, never)))).toEqual([
      { type: 'live', release: 1, mode: 'start', url: 'http://shop.example.com' },
      note('it is [PHX_HOST]'),
      end,
    ])
  })

  it('cuts endless output, and keeps other events', async () => {
    const file = path()
    const log = open(file)
    const output: EventBody = { type: 'output', text: 'x'.repeat(1024 * 1024) }
    for (let count = 0; count < 40; count++) log.write(output)
    log.write(note('after it'))
    log.write(end)
    log.close()
    expect(statSync(file).size).toBeLessThan(18 * 1024 * 1024)
    const events = bodies(await all(followEvents(file, never)))
    expect(events.filter(({ type }) => type === 'output')).toHaveLength(16)
    expect(events.slice(-3)).toEqual([
      { type: 'warning', text: 'this has printed 16 MB; Gatling leaves out the rest' },
      note('after it'),
      end,
    ])
  })

  it('can be followed while it is written', async () => {
    const file = path()
    const log = open(file)
    const following = followEvents(file, never)
    for (const text of ['one', 'two', 'three']) {
      const next = following.next()
      log.write(note(text))
      expect((await next).value).toMatchObject({ type: 'note', text })
    }
    log.write(end)
    expect((await following.next()).value).toMatchObject(end)
    expect((await following.next()).done).toBe(true)
    log.close()
  })

  it('can be followed before it exists', async () => {
    const file = join(folder(), 'runs', '1', 'events.jsonl')
    const following = all(followEvents(file, never))
    mkdirSync(dirname(file), { recursive: true })
    const log = open(file)
    log.write(note('late'))
    log.write(end)
    log.close()
    expect(bodies(await following)).toEqual([note('late'), end])
  })

  it('is not read past its end', async () => {
    const file = path()
    const log = open(file)
    log.write(end)
    log.write(note('after the end'))
    log.close()
    expect(bodies(await all(followEvents(file, never)))).toEqual([end])
  })

  it('is read to its last line after its writer is gone', async () => {
    const file = path()
    const log = open(file)
    log.write(note('one'))
    let over = false
    const following = followEvents(file, () => over)
    await following.next()
    log.write(note('two'))
    over = true
    expect(bodies(await all(following))).toEqual([note('two')])
    log.close()
  })

  it('ends at once for a run that is over and wrote nothing', async () => {
    expect(await all(followEvents(path(), () => true))).toEqual([])
  })

  it('is read without a line that a crash cut off', async () => {
    const file = path()
    const log = open(file)
    log.write(note('whole'))
    log.close()
    appendFileSync(file, '{"at":"2024-01-01T00:00:00.000Z","type":"no')
    expect(bodies(await all(followEvents(file, () => true)))).toEqual([note('whole')])
  })

  it('is read past a cut-off line if another writer follows', async () => {
    const file = path()
    appendFileSync(file, '{"type":"no\n')
    const log = open(file)
    log.write(end)
    log.close()
    expect(bodies(await all(followEvents(file, never)))).toEqual([end])
  })

  it('holds no secret, at any depth of an event', () => {
    const file = path()
    const log = open(file, { KEY: 'open "sesame"' })
    log.write(note('say open "sesame" now'))
    log.write({ type: 'failed', code: 'X', step: null, text: 'open "sesame"', hint: 'h', serving: 's' })
    log.close()
    const text = readFileSync(file, 'utf8')
    expect(text).not.toContain('sesame')
    expect(text.match(/\[KEY\]/g)).toHaveLength(2)
  })

  it.each(['warning', 'note', 'failed', 'start', 'swap', 'step-start'])(
    'can be read even if a secret is the word %s',
    async word => {
      const file = path()
      const log = open(file, { LOG_LEVEL: word })
      const said: EventBody[] = [
        { type: 'step-start', step: 'mix_compile' },
        { type: 'note', text: 'a' },
        { type: 'warning', text: 'b' },
        { type: 'live', release: 1, mode: 'swap', url: 'http://a' },
        { type: 'end', outcome: 'failed', ms: 1 },
      ]
      for (const event of said) log.write(event)
      log.close()
      expect(bodies(await all(followEvents(file, () => true)))).toEqual(said)
    },
  )

  it('keeps its times even if a secret is a year', async () => {
    const file = path()
    const log = open(file, { YEAR: String(new Date().getFullYear()) })
    log.write(end)
    log.close()
    const [event] = await all(followEvents(file, never))
    expect(Date.parse(event?.at ?? '')).not.toBeNaN()
  })

  it('can be read only by its user', () => {
    const file = path()
    open(file).close()
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })
})

describe('reading lines', () => {
  it('returns only complete lines, even if a character arrives in two parts', () => {
    const file = path()
    const reader = lineReader(file)
    expect(reader.read()).toEqual([])
    const bytes = Buffer.from('eins €\nzwei\nhalb')
    appendFileSync(file, bytes.subarray(0, 6))
    expect(reader.read()).toEqual([])
    appendFileSync(file, bytes.subarray(6))
    expect(reader.read()).toEqual(['eins €', 'zwei'])
    appendFileSync(file, ' ganz\n')
    expect(reader.read()).toEqual(['halb ganz'])
    reader.close()
  })
})
