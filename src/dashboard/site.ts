import type { Context } from 'hono'
import type { Ask } from './ask.js'
import type { Feeds } from './feed.js'
import type { Reach } from './reach.js'
import type { Refusal } from './refusal.js'
import type { Page } from './views/layout.js'

type Answer = Response | Promise<Response>

/** The parts that every route uses. */
export interface Site {
  readonly reach: Reach
  readonly ask: Ask
  readonly feeds: Feeds
  readonly show: (c: Context, page: Page) => Answer
  /** Answers with the command's own words. */
  readonly refuse: (c: Context, title: string, why: Refusal) => Answer
}

export const notFound: Refusal = {
  code: null,
  message: 'There is no such page',
  hint: 'Go back to the apps.',
}

export const statusOf = (why: Refusal): 403 | 404 | 502 => {
  if (why.code === 'KEY_MAY_NOT') return 403
  return why === notFound || why.code?.endsWith('_UNKNOWN') ? 404 : 502
}
