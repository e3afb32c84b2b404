import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Followed } from '../hosts/follow.js'

/**
 * The lines of a command, kept for a while with numbers. So a reader whose connection broke can go on from its last
 * line.
 */
export interface Feed {
  /** Numbers mean something only within one feed. */
  readonly name: string
  /**
   * Yields the lines after a number, in batches, as the command writes them. It ends with the command or the signal.
   */
  read(after: number, signal: AbortSignal): AsyncGenerator<Batch>
  /** Returns how the command ended; null: it still runs. */
  readonly ended: () => Ending | null
}

interface Batch {
  /** The number of its first line. The first line of a feed is 1. */
  readonly from: number
  readonly lines: readonly string[]
}

interface Ending {
  readonly status: number
  readonly stderr: string
}

export interface Feeds {
  /** Returns the feed of a command. Readers of the same command share it. */
  open(words: readonly string[]): Feed
  /** Ends all commands. */
  close(): void
}

/** How much of a feed is kept, in characters: more than a deploy can write (state/events.ts). */
const mostKept = 40 << 20
/** How many lines a batch has. */
const mostLines = 400
/** How long a command still runs after its last reader has left, in ms. */
const idleMs = 20_000

/** Keeps the feeds of running commands. @param idle how long a command still runs without a reader, in ms. */
export const createFeeds = (
  start: (words: readonly string[]) => Followed,
  { idle = idleMs, most = mostKept }: { readonly idle?: number; readonly most?: number } = {},
): Feeds => {
  const open = new Map<string, { readonly feed: Feed; readonly stop: () => void }>()
  return {
    open: words => {
      const key = words.join('\0')
      const known = open.get(key)
      if (known) return known.feed
      const made = createFeed(start(words), {
        idle,
        most,
        gone: () => open.get(key) === made && open.delete(key),
      })
      open.set(key, made)
      return made.feed
    },
    close: () => {
      for (const { stop } of open.values()) stop()
    },
  }
}

interface Keeping {
  readonly idle: number
  readonly most: number
  readonly gone: () => unknown
}

const createFeed = (
  { lines, ended, stop }: Followed,
  { idle, most, gone }: Keeping,
): { readonly feed: Feed; readonly stop: () => void } => {
  const name = randomBytes(6).toString('hex')
  const kept: string[] = []
  const waiting = new Set<() => void>()
  let first = 1
  let size = 0
  let ending: Ending | null = null
  let readers = 0
  let timer: NodeJS.Timeout | undefined

  const wake = (): void => {
    for (const one of waiting) one()
    waiting.clear()
  }
  const keep = (line: string): void => {
    kept.push(line)
    size += line.length
    while (size > most && kept.length > 1) {
      size -= kept.shift()?.length ?? 0
      first++
    }
    wake()
  }
  const pump = async (): Promise<void> => {
    for await (const line of lines) keep(line)
    end(await ended)
  }
  const end = (how: Ending): void => {
    ending = how
    // The next reader starts a failed command again.
    if (how.status !== 0) gone()
    wake()
  }
  pump().catch(() => end({ status: 128, stderr: '' }))

  const rest = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      gone()
      stop()
    }, idle)
    timer.unref()
  }
  rest()

  const change = (): Promise<void> => new Promise(resolve => waiting.add(resolve))

  async function* read(after: number, signal: AbortSignal): AsyncGenerator<Batch> {
    readers++
    clearTimeout(timer)
    signal.addEventListener('abort', wake)
    try {
      let next = after + 1
      while (!signal.aborted) {
        // Lines that are no longer kept are skipped; the reader sees that from the numbers.
        next = Math.max(next, first)
        const some = kept.slice(next - first, next - first + mostLines)
        if (some.length > 0) {
          yield { from: next, lines: some }
          next += some.length
          continue
        }
        if (ending) return
        await change()
        // Sends lines that come shortly after each other in one batch.
        await pause(gatherMs)
      }
    } finally {
      signal.removeEventListener('abort', wake)
      readers--
      if (readers === 0) rest()
    }
  }
  return { feed: { name, read, ended: () => ending }, stop }
}

/** How long a batch waits for more lines, in ms. */ const gatherMs = 30
