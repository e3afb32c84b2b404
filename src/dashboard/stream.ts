import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import { printable } from '../core/printable.js'
import { size } from '../core/size.js'
import type { Feed } from './feed.js'
import type { Html } from './views/parts.js'

/** A line that the page shows. Its kind is a class of the style sheet. */
export interface Shown {
  readonly kind: string
  readonly text: string
}

/** How a stream shows a feed. */
export interface Reading {
  /** Takes one line of the feed. @returns the line for the log; null: it does not belong there. */
  line(line: string): Shown | null
  /** Draws what is above the log, as it is now; null: nothing. */
  view(): Html | null
  /** Draws the refusal of a command that failed. */
  refused(ending: { readonly status: number; readonly stderr: string }): Html
}

/**
 * How often a running step is drawn again, in ms. `aliveEveryMs`: how often something is sent, so that a lost
 * connection is noticed.
 */
const viewEveryMs = 1_000
const aliveEveryMs = 15_000

/** The longest line that is not cut, in characters: longer lines slow a browser down. */
const longestShown = 10_000

/**
 * Sends a feed to a browser (HTML, Server-Sent Events). The id of each message is the number of its last line, so a
 * browser that connects again gets every line exactly once.
 */
export const streamOf = (c: Context, feed: Feed, reading: Reading): Response => {
  const after = placeIn(feed, c.req.header('last-event-id') ?? c.req.query('after') ?? '')
  return streamSSE(c, async stream => {
    const gone = new AbortController()
    stream.onAbort(() => gone.abort())
    const send = sender(stream)
    if (after === null) await send('reset', '')
    const showView = async (): Promise<void> => {
      const view = await reading.view()
      if (view !== null) await send('view', String(view))
    }
    const ticking = setInterval(() => void showView(), viewEveryMs)
    const alive = setInterval(() => void stream.write(':\n\n'), aliveEveryMs)
    try {
      await sendLines(
        feed,
        after ?? 0,
        reading,
        gone.signal,
        async (event, data, id) => {
          await send(event, data, `${feed.name}.${id}`)
        },
        showView,
      )
      const ending = feed.ended()
      if (gone.signal.aborted || ending === null) return
      clearInterval(ticking)
      await showView()
      if (ending.status === 0) await send('over', '')
      else await send('lost', String(await reading.refused(ending)))
    } finally {
      clearInterval(ticking)
      clearInterval(alive)
    }
  })
}

const sendLines = async (
  feed: Feed,
  after: number,
  reading: Reading,
  signal: AbortSignal,
  send: (event: string, data: string, id: number) => Promise<void>,
  showView: () => Promise<void>,
): Promise<void> => {
  let expected = 1
  // Begins with the first line, because the view above the log is made from all lines.
  for await (const { from, lines } of feed.read(0, signal)) {
    const left = from - expected
    const shown: Shown[] = left > 0 ? [{ kind: 'note', text: `${left} lines are left out here` }] : []
    lines.forEach((line, index) => {
      const one = reading.line(line)
      if (one !== null && from + index > after) shown.push(cut(one))
    })
    expected = from + lines.length
    if (expected - 1 <= after) continue
    await send('lines', JSON.stringify(shown), expected - 1)
    await showView()
  }
}

const cut = ({ kind, text }: Shown): Shown => {
  const clean = printable(text)
  return {
    kind,
    text:
      clean.length > longestShown
        ? `${clean.slice(0, longestShown)}… (cut here: ${size(clean.length)})`
        : clean,
  }
}

/** Returns the number of the last line that a browser got; null: it read another feed. */
const placeIn = ({ name }: Feed, id: string): number | null => {
  const [feed, number = ''] = id.split('.')
  return feed === name && /^\d{1,12}$/.test(number) ? Number(number) : null
}

const sender =
  (stream: SSEStreamingApi) =>
  async (event: string, data: string, id?: string): Promise<void> => {
    await stream.writeSSE(id === undefined ? { event, data } : { event, data, id })
  }
