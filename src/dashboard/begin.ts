import type { Ask, Told } from './ask.js'
import { readEvent } from './events.js'
import type { Reach } from './reach.js'
import { refusalOf } from './refusal.js'

/** How long a page waits for the number of the deploy that a command begins, in ms. */
const mostMs = 15_000

/**
 * Starts a deploy, which goes on even if the page is closed.
 * @returns its number; null: it waits for another deploy.
 */
export const begin = async (
  ask: Ask,
  reach: Reach,
  words: readonly string[],
): Promise<Told<number | null>> => {
  const { lines, ended } = ask.follow(...words, '--json')
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve({ value: null }), mostMs)
    const answer = (told: Told<number | null>): void => {
      clearTimeout(timer)
      resolve(told)
    }
    const read = async (): Promise<void> => {
      // Reads to the end, because a command stops when nobody reads its output.
      for await (const line of lines) {
        const event = readEvent(line)
        if (event?.type === 'start') answer({ value: event.run })
        if (event?.type === 'queued') answer({ value: null })
      }
      answer({ refusal: refusalOf(await ended, reach) })
    }
    read().catch(() => answer({ refusal: refusalOf({ status: 128, stderr: '' }, reach) }))
  })
}
