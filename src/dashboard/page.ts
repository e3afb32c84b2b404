import { type Context, Hono } from 'hono'
import { actions } from './actions.js'
import { createAsk } from './ask.js'
import { assetAt } from './assets.js'
import { createFeeds } from './feed.js'
import { createDoor } from './guard.js'
import { looks } from './looks.js'
import type { Reach } from './reach.js'
import { notFound, type Site, statusOf } from './site.js'
import { streams } from './streams.js'
import { layout } from './views/layout.js'
import { refusalPage } from './views/parts.js'

export interface DashboardOptions {
  readonly reach: Reach
  /** Tells whether the page answers to a Host header. */
  readonly answersTo: (host: string) => boolean
}

export interface Dashboard {
  readonly fetch: (request: Request) => Response | Promise<Response>
  /** The token of the first address, `?token=`. */
  readonly token: string
  /** Ends all commands that it runs. */
  close(): void
}

/** Makes the web page. It keeps nothing, and everything that it shows or does is a command. */
export const createDashboard = ({ reach, answersTo }: DashboardOptions): Dashboard => {
  const ask = createAsk(reach)
  const feeds = createFeeds(words => ask.follow(...words))
  const { token, guard } = createDoor(answersTo)
  const site: Site = {
    reach,
    ask,
    feeds,
    show: (c, page) => c.html(layout(reach, page)),
    refuse: (c, title, why) =>
      c.html(layout(reach, { title, here: '', body: refusalPage(title, why) }), statusOf(why)),
  }
  const app = new Hono()
  app.use(guard)
  looks(app, site)
  streams(app, site)
  actions(app, site)
  app.get('*', c => {
    const asset = assetAt(c.req.path)
    return asset === null ? c.notFound() : c.body(asset.text, 200, { 'content-type': asset.type })
  })
  app.notFound((c: Context) => site.refuse(c, 'Not found', notFound))
  return { fetch: request => app.fetch(request), token, close: feeds.close }
}
