import { closeSync, fdatasyncSync, openSync, readSync, watch, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Event, EventBody } from '../core/event.js'
import { openIfThere } from '../hosts/files.js'

export interface EventLog {
  write(event: EventBody): void
  close(): void
}

/**
 * The fields of events that are not masked: Gatling's own words, and the app's name and address, which everybody knows.
 */
const ours: ReadonlySet<string> = new Set([
  ...['at', 'type', 'outcome', 'mode', 'task', 'step', 'code'],
  ...['project', 'revision', 'url', 'serving'],
])

/** The events that must be on the disk before the deploy goes on: what will be done, or was decided. */
const intents: ReadonlySet<string> = new Set(['start', 'step-start', 'live'])

/**
 * The most output that is kept, in bytes: a build that prints for ever must not fill the disk. Other events are always
 * kept.
 */
const mostBytes = 16 * 1024 * 1024

/**
 * Opens a log to which events are appended, one JSON object a line. This is the one place that masks secrets in events.
 * A failed write is dropped, because a full disk must not stop a deploy that can still be undone.
 */
export const openEventLog = (path: string, mask: (text: string) => string): EventLog => {
  const file = openSync(path, 'a', 0o600)
  let written = 0
  const append = (event: EventBody): void => {
    const line = JSON.stringify({ at: new Date().toISOString(), ...event }, (key, value: unknown) =>
      typeof value === 'string' && !ours.has(key) ? mask(value) : value,
    )
    try {
      written += writeSync(file, `${line}\n`)
      if (intents.has(event.type)) fdatasyncSync(file)
    } catch {
      // The result still reaches the record and the exit code.
    }
  }
  let full = false
  return {
    write: event => {
      if (full && event.type === 'output') return
      append(event)
      if (full || written < mostBytes) return
      full = true
      append({
        type: 'warning',
        text: `this has printed ${mostBytes >> 20} MB; Gatling leaves out the rest`,
      })
    },
    close: () => closeSync(file),
  }
}

/** Reads the events of a run while they are written, until its `end`, or until `over` says that the writer is gone. */
export async function* followEvents(path: string, over: () => boolean): AsyncGenerator<Event> {
  const lines = lineReader(path)
  const changes = changesOf(path)
  try {
    while (true) {
      const last = over()
      for (const line of lines.read()) {
        const event = parseEvent(line)
        if (event === null) continue
        yield event
        if (event.type === 'end') return
      }
      if (last) return
      await changes.next()
    }
  } finally {
    changes.close()
    lines.close()
  }
}

// These lines come from openEventLog. A line that a crash has cut off is not an event.
export const parseEvent = (line: string): Event | null => {
  try {
    return JSON.parse(line) as Event
  } catch {
    return null
  }
}

/** Makes a reader that returns the complete lines added to a file since the last read. */
export const lineReader = (path: string, start = 0): { read(): string[]; close(): void } => {
  let file: number | null = null
  let position = start
  let rest = ''
  const chunk = Buffer.alloc(65536)
  const decoder = new TextDecoder()
  return {
    read: () => {
      file ??= openIfThere(path)
      if (file === null) return []
      while (true) {
        const bytes = readSync(file, chunk, 0, chunk.length, position)
        if (bytes === 0) break
        position += bytes
        rest += decoder.decode(chunk.subarray(0, bytes), { stream: true })
      }
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      return lines
    },
    close: () => {
      if (file !== null) closeSync(file)
    },
  }
}

/** Watches a file. `next` resolves when the file can have changed. It also polls, because inotify can be exhausted. */
export const changesOf = (path: string, pollMs = 200): { next(): Promise<void>; close(): void } => {
  let wake: (() => void) | null = null
  let pending = false
  const notify = (): void => {
    pending = true
    wake?.()
  }
  const watcher = tryWatch(dirname(path), name => {
    if (name === null || name === basename(path)) notify()
  })
  const timer = setInterval(notify, pollMs)
  return {
    next: async () => {
      if (!pending) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
      wake = null
      pending = false
    },
    close: () => {
      watcher?.close()
      clearInterval(timer)
    },
  }
}

const tryWatch = (folder: string, changed: (name: string | null) => void) => {
  try {
    return watch(folder, (_, name) => changed(name)).on('error', () => {})
  } catch {
    return null
  }
}
