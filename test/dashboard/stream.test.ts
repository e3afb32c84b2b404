import { afterEach, describe, expect, it } from 'vitest'
import type { Reach } from '../../src/dashboard/reach.js'
import { messagesOf, openPage } from '../helpers/page.js'

/** Makes a command that runs in the place of `gatling logs` and writes as fast as an app can. */
const writing = (program: string): Reach => ({
  name: 'this machine',
  isRemote: false,
  project: null,
  command: () => ({ argv: [process.execPath, '-e', program] }),
})

const opened: Awaited<ReturnType<typeof openPage>>[] = []
const open = async (program: string) => {
  const page = await openPage(writing(program))
  opened.push(page)
  return page
}
afterEach(() => {
  for (const page of opened.splice(0)) page.dashboard.close()
})

type Line = { readonly kind: string; readonly text: string }
const path = '/apps/shop/logs/stream'

/** Reads on from a place. @returns the lines, the last place, and how the stream ended. */
const read = async (
  page: Awaited<ReturnType<typeof openPage>>,
  after: string,
  isEnough: (lines: readonly Line[]) => boolean,
) => {
  const lines: Line[] = []
  let last = after
  let end: string | null = null
  for await (const { event, data, id } of messagesOf(await page.get(path, { 'last-event-id': after }))) {
    if (event === 'lines') lines.push(...(JSON.parse(data) as Line[]))
    if (id !== null) last = id
    if (event === 'over' || event === 'lost') end = event
    if (end !== null || isEnough(lines)) break
  }
  return { lines, last, end }
}

describe('a stream', () => {
  it('loses and repeats no line over 100 broken connections', async () => {
    const page = await open(
      'let n = 0; const go = () => { for (let i = 0; i < 300; i++) console.log("line " + n++); if (n < 60000) setTimeout(go, 2); else setTimeout(() => {}, 60000) }; go()',
    )
    const got: string[] = []
    let last = ''
    for (let round = 0; round < 100; round++) {
      const { lines, last: now } = await read(page, last, some => some.length >= (round * 7) % 500)
      got.push(...lines.map(({ text }) => text))
      last = now
    }
    while (got.length < 60_000) {
      const { lines, last: now } = await read(page, last, some => some.length > 0)
      got.push(...lines.map(({ text }) => text))
      last = now
    }
    expect(got.length).toBe(60_000)
    expect(got.findIndex((text, index) => text !== `line ${index}`)).toBe(-1)
  })

  it('begins again for a browser of an earlier process', async () => {
    const page = await open('console.log("one"); console.log("two")')
    const events: string[] = []
    for await (const { event } of messagesOf(await page.get(path, { 'last-event-id': 'abcdef.2' })))
      events.push(event)
    expect(events).toEqual(['reset', 'lines', 'over'])
  })

  it('sends 100,000 lines, and cuts one of 1 MB', async () => {
    const page = await open(
      'for (let i = 0; i < 100000; i++) console.log("line " + i); console.log("x".repeat(1 << 20)); console.log("after")',
    )
    const { lines, end } = await read(page, '', () => false)
    expect(end).toBe('over')
    expect(lines.length).toBe(100_002)
    expect(lines[100_000]?.text).toMatch(/^x{10000}… \(cut here: 1\.0 MB\)$/)
    expect(lines[100_001]?.text).toBe('after')
  })

  it('removes control sequences, and sends HTML as text', async () => {
    const page = await open(
      String.raw`console.log("\x1b[31mred\x1b[0m \x1b]0;title\x07<script>alert(1)</script>\u202egpj\r")`,
    )
    const { lines } = await read(page, '', () => false)
    expect(lines).toEqual([{ kind: 'output', text: 'red <script>alert(1)</script>gpj' }])
  })

  it('reports why the command ended, and runs it again the next time', async () => {
    const page = await open(
      `console.error("error: shop has gone\\n  Push it again, " + process.pid + ".\\n  (PROJECT_UNKNOWN)"); process.exit(1)`,
    )
    const said: string[] = []
    for (let time = 0; time < 2; time++)
      for await (const { event, data } of messagesOf(await page.get(path)))
        if (event === 'lost') said.push(data)
    for (const text of said) expect(text).toMatch(/shop has gone[\s\S]*PROJECT_UNKNOWN/)
    expect(new Set(said).size).toBe(2)
  })

  it('ends its command when nobody reads it', async () => {
    const { createFeeds } = await import('../../src/dashboard/feed.js')
    const { follow } = await import('../../src/hosts/follow.js')
    const { isGone, until } = await import('../helpers/world.js')
    const feeds = createFeeds(
      () =>
        follow({ argv: [process.execPath, '-e', 'console.log(process.pid); setInterval(() => {}, 1000)'] }),
      { idle: 100 },
    )
    const reader = new AbortController()
    let pid = 0
    for await (const { lines } of feeds.open(['x']).read(0, reader.signal)) {
      pid = Number(lines[0])
      expect(isGone(pid)).toBe(false)
      reader.abort()
    }
    await until(() => isGone(pid), 'the command to end', 5_000)
  })
})
