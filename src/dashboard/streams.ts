import type { Hono } from 'hono'
import { historySchema } from './answers.js'
import { readingOfDeploy, readingOfLog } from './deploy-stream.js'
import type { Site } from './site.js'
import { streamOf } from './stream.js'
import { usualOf } from './waterfall.js'
import { numberIn, projectIn } from './words.js'

/** How many earlier lines a log shows. */
const logLines = '1000'

/** Adds the pages' live streams. */
export const streams = (app: Hono, { reach, ask, feeds }: Site): void => {
  app.get('/apps/:project/deploys/:number/stream', async c => {
    const [project, number] = [projectIn(c.req.param('project')), numberIn(c.req.param('number'))]
    if (project === null || number === null) return c.notFound()
    const history = await ask.json(historySchema, 'history', project)
    const usual = 'value' in history ? usualOf(history.value, number) : []
    const feed = feeds.open(['history', project, String(number), '--events'])
    return streamOf(c, feed, readingOfDeploy(reach, project, usual))
  })

  app.get('/apps/:project/logs/stream', c => {
    const project = projectIn(c.req.param('project'))
    if (project === null) return c.notFound()
    return streamOf(
      c,
      feeds.open(['logs', project, '--follow', '--until-eof', '--lines', logLines]),
      readingOfLog(reach),
    )
  })
}
