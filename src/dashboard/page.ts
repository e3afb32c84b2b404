import { type Context, Hono } from 'hono'
import { historySchema, statusSchema } from './answers.js'
import { type Ask, createAsk, type Told } from './ask.js'
import { assetAt } from './assets.js'
import { readingOfDeploy, readingOfLog } from './deploy-stream.js'
import { createFeeds } from './feed.js'
import { createDoor } from './guard.js'
import type { Reach } from './reach.js'
import type { Refusal } from './refusal.js'
import { streamOf } from './stream.js'
import { appView } from './views/app.js'
import { appsView } from './views/apps.js'
import { deployView } from './views/deploy.js'
import { layout, type Page } from './views/layout.js'
import { logsView } from './views/logs.js'
import { refusal } from './views/parts.js'
import { usualOf } from './waterfall.js'
import { numberIn, projectIn } from './words.js'

export interface DashboardOptions {
  readonly reach: Reach
  /** Which Host headers it answers to. */
  readonly answersTo: (host: string) => boolean
}

export interface Dashboard {
  readonly fetch: (request: Request) => Response | Promise<Response>
  /** What the first address needs, as `?token=`. */
  readonly token: string
  /** Ends all that it runs. */
  close(): void
}

/** How far back a log begins, in lines. */
const logLines = '1000'

/** The web page: a reader of the command line. It keeps nothing, and can do only what these commands can. */
export const createDashboard = ({ reach, answersTo }: DashboardOptions): Dashboard => {
  const ask = createAsk(reach)
  const feeds = createFeeds(words => ask.follow(...words))
  const { token, guard } = createDoor(answersTo)
  const app = new Hono()
  const show = (c: Context, page: Page) => c.html(layout(reach, page))
  const refuse = (c: Context, title: string, why: Refusal) =>
    c.html(layout(reach, { title, here: '', body: refusal(why) }), statusOf(why))

  app.use(guard)
  app.get('/', async c => {
    const told = await allApps(ask, reach)
    if ('refusal' in told) return refuse(c, 'Apps', told.refusal)
    return show(c, { title: 'Apps', here: '/', body: appsView(told.value, reach), refresh: true })
  })

  app.get('/apps/:project', async c => {
    const project = projectIn(c.req.param('project'))
    if (project === null) return c.notFound()
    const [status, history] = await Promise.all([
      ask.json(statusSchema, 'status', project),
      ask.json(historySchema, 'history', project),
    ])
    if ('refusal' in status) return refuse(c, project, status.refusal)
    const [state] = status.value.apps
    if (state === undefined) return c.notFound()
    const body = appView(state, 'refusal' in history ? history.refusal : history.value)
    return show(c, { title: project, here: '', body, refresh: true })
  })

  app.get('/apps/:project/deploys/:number', async c => {
    const [project, number] = [projectIn(c.req.param('project')), numberIn(c.req.param('number'))]
    if (project === null || number === null) return c.notFound()
    const told = await ask.json(historySchema, 'history', project)
    if ('refusal' in told) return refuse(c, project, told.refusal)
    const deploy = told.value.find(one => one.number === number)
    if (deploy === undefined) return c.notFound()
    return show(c, { title: `${project} ${number}`, here: '', body: deployView(project, deploy) })
  })

  app.get('/apps/:project/deploys/:number/stream', async c => {
    const [project, number] = [projectIn(c.req.param('project')), numberIn(c.req.param('number'))]
    if (project === null || number === null) return c.notFound()
    const history = await ask.json(historySchema, 'history', project)
    const usual = 'value' in history ? usualOf(history.value, number) : []
    const feed = feeds.open(['history', project, String(number), '--events'])
    return streamOf(c, feed, readingOfDeploy(reach, project, usual))
  })

  app.get('/apps/:project/logs', c => {
    const project = projectIn(c.req.param('project'))
    return project === null
      ? c.notFound()
      : show(c, { title: `${project} logs`, here: '', body: logsView(project) })
  })

  app.get('/apps/:project/logs/stream', c => {
    const project = projectIn(c.req.param('project'))
    if (project === null) return c.notFound()
    return streamOf(c, feeds.open(['logs', project, '--follow', '--lines', logLines]), readingOfLog(reach))
  })

  app.get('*', c => {
    const asset = assetAt(c.req.path)
    return asset === null ? c.notFound() : c.body(asset.text, 200, { 'content-type': asset.type })
  })
  app.notFound(c =>
    refuse(c, 'Not found', { code: null, message: 'There is no such page', hint: 'Go back to the apps.' }),
  )

  return { fetch: request => app.fetch(request), token, close: feeds.close }
}

/** A key for some apps may not ask for all of them, but for the one of this folder. */
const allApps = async (ask: Ask, { project }: Reach): Promise<Told<import('./answers.js').State>> => {
  const all = await ask.json(statusSchema, 'status')
  const isLimited = 'refusal' in all && all.refusal.code === 'KEY_MAY_NOT' && project !== null
  return isLimited ? ask.json(statusSchema, 'status', project) : all
}

const statusOf = ({ code, message }: Refusal): 403 | 404 | 502 => {
  if (code === 'KEY_MAY_NOT') return 403
  return message === 'There is no such page' || code?.endsWith('_UNKNOWN') ? 404 : 502
}
